/// Something that wants somebody's attention.
package struct Alert: Sendable, Equatable {
  package enum Severity: String, Sendable, CaseIterable, Comparable {
    case critical, warning, info

    private var rank: Int { self == .critical ? 0 : self == .warning ? 1 : 2 }
    /// The more urgent comes first.
    package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
  }

  package enum Kind: String, Sendable, CaseIterable {
    case relayDown = "relay-down"
    case relayCritical = "relay-critical"
    case restarts
    case handshakeSuccess = "handshake-success"
    case portUnreachable = "port-unreachable"
    case bandwidth
    case organizationBandwidth = "organization-bandwidth"
    case keyExpiring = "key-expiring"
    case keyExpired = "key-expired"
    case slaMissed = "sla"
    case syncFailing = "sync-failing"
    case syncHeld = "sync-held"
    case organizationKept = "organization-kept"
    case drift
    case sourceUnreadable = "collector"
  }

  package let kind: Kind
  package let severity: Severity
  /// Whose it is; nil for the platform's own, which only those see who see every organization.
  package let org: String?
  /// The relay's name in its organization.
  package let relay: String?
  package let key: String?
  /// What else tells it from others of its kind: a region, a source.
  package let subject: String?
  /// Seconds since 1970 when it was seen first without a break.
  package var since: Double
  /// What was measured, and from where on it is too much or too little; in the kind's own unit.
  package let value: Double?
  package let threshold: Double?
  /// What is wrong, and where.
  package let summary: String
  /// What was seen, and what to do next.
  package let detail: String

  package init(
    _ kind: Kind, _ severity: Severity, org: String? = nil, relay: String? = nil, key: String? = nil,
    subject: String? = nil, since: Double, value: Double? = nil, threshold: Double? = nil,
    summary: String, detail: String
  ) {
    self.kind = kind
    self.severity = severity
    self.org = org
    self.relay = relay
    self.key = key
    self.subject = subject
    self.since = since
    self.value = value
    self.threshold = threshold
    self.summary = summary
    self.detail = detail
  }

  /// Stays the same while the alert lasts, such as `relay-down:acme/milan-1`.
  package var id: String {
    let place = [org, relay, key, subject].compactMap { $0 }
    return kind.rawValue + (place.isEmpty ? "" : ":" + place.joined(separator: "/"))
  }
}
