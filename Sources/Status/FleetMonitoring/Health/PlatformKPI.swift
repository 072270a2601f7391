package import RelayWire

/// Figures of the platform or of one organization.
package struct PlatformKPI: Sendable, Equatable {
  /// Relays declared.
  package var relaysDeclared = 0
  /// Relays declared to run.
  package var relaysExpected = 0
  /// Relays that run.
  package var relaysRunning = 0
  /// Relays that have ever reported statistics.
  package var relaysHeard = 0
  /// Whether figures are meaningful: a relay has reported some, or none is declared to run.
  package var isCounted: Bool { relaysHeard > 0 || relaysExpected == 0 }
  /// Number of relays at each level of health.
  package var relaysByLevel: [HealthScore.Level: Int] = [:]
  /// Mean health of the relays that are declared to run and whose health is known, 0 to 100; nil if there are none.
  package var meanHealth: Double?
  /// Live sessions.
  package var sessions = 0
  /// Keys with a live session, counted once per relay.
  package var connectedPeers = 0
  /// Keys admitted by relays that are declared to run, counted once per relay.
  package var expectedPeers = 0
  /// Handshakes of the last five minutes.
  package var handshakes = HandshakeCount()
  /// Completed handshakes per second over the last five minutes.
  package var handshakesPerSecond = 0.0
  /// Share of handshakes that succeeded over the last five minutes, 0 to 1; nil if there were none.
  package var handshakeSuccess: Double?
  /// Bits per second of UDP payload received by relays.
  package var receivedBitsPerSecond = 0.0
  /// Bits per second of UDP payload forwarded by relays.
  package var forwardedBitsPerSecond = 0.0
  /// Payload bytes received since each relay's start.
  package var receivedBytes: UInt64 = 0
  /// Payload bytes forwarded since each relay's start.
  package var forwardedBytes: UInt64 = 0
  /// Organizations whose status is active.
  package var organizationsActive = 0
  /// Organizations declared.
  package var organizations = 0
  /// Active keys declared.
  package var keysActive = 0
  /// Uptime against the service level.
  package var sla = SLAAttainment()
  /// Number of current alerts by severity.
  package var alerts: [Alert.Severity: Int] = [:]

  /// Creates figures that are all zero.
  package init() {}
}

/// Uptime of relays that are declared to run, as a share of the time they were observed.
package struct SLAAttainment: Sendable, Equatable {
  /// Hours covered at most; time that was not observed does not count.
  package static let windowHours = UptimeLedger.days * 24

  /// Observed seconds, summed over relays.
  package var observedSeconds = 0.0
  /// Seconds of `observedSeconds` during which relays were up.
  package var upSeconds = 0.0
  /// Target in percent; nil if none is declared. Nil for the platform, which counts the organizations that meet theirs.
  package var target: Double?
  /// Number of organizations with a target.
  package var organizationsWithTarget = 0
  /// Number of organizations that meet their target.
  package var organizationsMeeting = 0

  /// Creates an attainment without observations.
  package init() {}

  /// Uptime in percent; nil if nothing was observed yet.
  package var percent: Double? { observedSeconds > 0 ? 100 * upSeconds / observedSeconds : nil }

  /// Whether the target is met; nil if there is none, or nothing was observed yet.
  package var isMet: Bool? {
    guard let target, let percent else { return nil }
    return percent >= target
  }
}
