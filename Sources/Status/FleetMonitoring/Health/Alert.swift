/// A condition that needs an operator's attention.
package struct Alert: Sendable, Equatable {
  /// Urgency of an alert.
  package enum Severity: String, Sendable, CaseIterable, Comparable {
    case critical, warning, info

    private var rank: Int { self == .critical ? 0 : self == .warning ? 1 : 2 }
    /// Orders the more urgent severity first.
    package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
  }

  /// Kinds of alert. The raw value appears in the API and in metrics.
  package enum Kind: String, Sendable, CaseIterable {
    case relayDown = "relay-down"
    case relayCritical = "relay-critical"
    case restarts
    case handshakeSuccess = "handshake-success"
    case portUnreachable = "port-unreachable"
    case memberMissing = "member-missing"
    case membersDisagree = "members-disagree"
    case notInForce = "not-in-force"
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

    /// Condition that raises the alert; the table in the documentation follows this text.
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
      case .memberMissing: "Fewer processes of a relay have been ready for 30 seconds than it declares."
      case .membersDisagree: "The processes of a relay have had different records of sessions and homes for 30 seconds."
      case .notInForce:
        "An instance of a relay has not had the applied keys and configuration in force for ten seconds."
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

  /// Kind of alert.
  package let kind: Kind
  /// Urgency of the alert.
  package let severity: Severity
  /// Organization concerned; nil for the platform's own alerts, which are visible only to viewers of every
  /// organization.
  package let org: String?
  /// Name of the relay within its organization; nil if the alert is not about a relay.
  package let relay: String?
  /// Name of the key; nil if the alert is not about a key.
  package let key: String?
  /// Distinguishes alerts of the same kind: a region or a data source.
  package let subject: String?
  /// Time since which the condition has persisted without a break, in seconds since 1970.
  package var since: Double
  /// Measured value, in the unit of the kind.
  package let value: Double?
  /// Limit at which the alert is raised, in the same unit as `value`.
  package let threshold: Double?
  /// What is wrong, and where.
  package let summary: String
  /// What was seen, and what to do next.
  package let detail: StatusText

  /// Creates an alert. Its subject is given by `org`, `relay`, `key` and `subject`.
  package init(
    _ kind: Kind, _ severity: Severity, org: String? = nil, relay: String? = nil, key: String? = nil,
    subject: String? = nil, since: Double, value: Double? = nil, threshold: Double? = nil,
    summary: String, detail: StatusText
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

  /// Identifier that stays the same while the alert lasts, such as `relay-down:acme/milan-1`.
  package var id: String {
    let place = [org, relay, key, subject].compactMap { $0 }
    return kind.rawValue + (place.isEmpty ? "" : ":" + place.joined(separator: "/"))
  }
}
