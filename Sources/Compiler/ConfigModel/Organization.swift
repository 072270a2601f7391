/// A tenant: its limits, where it may run relays, and its identity for encrypted bundles.
package struct OrganizationSpec: ResourceSpec {
  package static let kind = Kind.organization

  package var displayName = ""
  package var status = MemberStatus.pending
  package var limits = OrganizationLimits()
  /// Percent of the time that relays promise to be up.
  package var slaTarget: Double?
  package var allowedRegions: [String] = []
  package var portRange: PortRange?
  package var contacts: [Contact] = []
  package var identity: OrganizationIdentity?

  package init() {}

  package var isPending: Bool { status == .pending }
}

/// The life of an organization or user.
package enum MemberStatus: String, DocumentedEnumeration {
  case pending
  case active
  case disabled

  package var summary: String {
    switch self {
    case .pending: "asked for, not yet approved: has no rights"
    case .active: "approved"
    case .disabled: "switched off: has no rights, its relays do not run"
    }
  }
}

/// Upper bounds; nil is not a bound.
package struct OrganizationLimits: Sendable, Equatable {
  package var relays: Int?
  package var keys: Int?
  package var users: Int?
  package var bandwidthMbps: Int?

  package init() {}
}

package struct Contact: Sendable, Equatable {
  package var name = ""
  package var email = ""
  package var phone: String?

  package init() {}
}

package struct OrganizationIdentity: Sendable, Equatable {
  /// The organization's age recipient.
  package var recipient = ""
  /// The organization's age identity, sealed to the platform's recipient.
  package var sealedIdentity: String?

  package init() {}
}
