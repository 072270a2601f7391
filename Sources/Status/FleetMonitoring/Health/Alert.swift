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

    /// When it is raised; the documentation's table follows this.
    package var meaning: String {
      switch self {
      case .relayDown:
        "A relay that is declared to run failed, has been starting for two minutes, or has not answered for 30 seconds."
      case .relayCritical: "The health of a relay is below `alerts.health`."
      case .restarts: "A relay was started again more than `alerts.restarts` times."
      case .handshakeSuccess:
        "Of more than `alerts.minimumHandshakes` handshakes in five minutes, fewer than `alerts.handshakeSuccessPercent` "
          + "percent led to a session."
      case .portUnreachable: "The host refuses datagrams to the relay's UDP port."
      case .bandwidth: "A relay uses 80 percent or more of its `bandwidthMbps`."
      case .organizationBandwidth: "The relays of an organization use 80 percent or more of its limit together."
      case .keyExpiring: "A key's last day comes within `alerts.keyExpiryDays`."
      case .keyExpired: "An active key's last day is over: no relay lets it in."
      case .slaMissed: "The relays of an organization were up for less of the observed time than its `slaTarget`."
      case .syncFailing: "The repository cannot be read or applied."
      case .syncHeld: "A plan waits for approval."
      case .organizationKept: "Errors keep an organization at its last good commit."
      case .drift: "Objects had been changed outside wpex, and were reverted."
      case .sourceUnreadable: "A cluster or a store cannot be read: what comes from it is old."
      }
    }
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
