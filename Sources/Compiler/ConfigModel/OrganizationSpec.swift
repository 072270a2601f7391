/// A tenant: its limits, the regions it may run relays in, and its identity for encrypted bundles.
package struct OrganizationSpec: ResourceSpec {
  package static let kind = Kind.organization

  /// Display name, 1 to 200 characters.
  package var displayName = ""
  /// Stage of the organization's life cycle.
  package var status = MemberStatus.pending
  /// Upper bounds on what the organization may declare.
  package var limits = OrganizationLimits()
  /// Percentage of time that relays are to be up, 0 to 100; nil if nothing was promised.
  package var slaTarget: Double?
  /// Names of the regions in which the organization may run relays.
  package var allowedRegions: [String] = []
  /// The organization's share of the regions' ports, which no other organization may use; nil if it has none.
  package var portRange: PortRange?
  /// Pairs of keys that must, or must not, reach each other through any of the organization's relays.
  package var tests = ReachabilityTests()
  /// The people or teams to contact about the organization.
  package var contacts: [Contact] = []
  /// The age identity to which the organization's key bundles are encrypted.
  package var identity: OrganizationIdentity?

  package init() {}

  /// Whether the organization is still waiting for approval.
  package var isPending: Bool { status == .pending }
}

/// Stage in the life cycle of an organization or user.
package enum MemberStatus: String, DocumentedEnumeration {
  case pending
  case active
  case disabled

  package var summary: String {
    switch self {
    case .pending: "requested, not yet approved: has no rights"
    case .active: "approved"
    case .disabled: "switched off: has no rights, its relays do not run"
    }
  }
}

/// Upper bounds on what an organization may declare; a nil bound means unlimited.
package struct OrganizationLimits: Sendable, Equatable {
  /// Relays, running or stopped.
  package var relays: Int?
  /// Keys that are not revoked.
  package var keys: Int?
  /// Users that are not disabled.
  package var users: Int?
  /// Sum over the running relays, in Mbit/s.
  package var bandwidthMbps: Int?

  package init() {}
}

/// A person or team to contact.
package struct Contact: Sendable, Equatable {
  /// Name of the person or team.
  package var name = ""
  /// E-mail address.
  package var email = ""
  /// Telephone number.
  package var phone: String?

  package init() {}
}

/// An organization's age key pair.
package struct OrganizationIdentity: Sendable, Equatable {
  /// The public half, `age1…`.
  package var recipient = ""
  /// The secret half, sealed to the platform's recipient as an armored age file; nil if the repository does not hold it.
  package var sealedIdentity: String?

  package init() {}
}
