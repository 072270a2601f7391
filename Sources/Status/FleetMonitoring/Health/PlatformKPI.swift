/// The figures of the platform, or of one organization.
package struct PlatformKPI: Sendable, Equatable {
  package var relaysDeclared = 0
  /// Declared to run.
  package var relaysExpected = 0
  package var relaysRunning = 0
  /// Relays that have reported their figures at least once.
  package var relaysHeard = 0
  /// Whether figures are known: a relay has reported some, or none is declared to run.
  package var isCounted: Bool { relaysHeard > 0 || relaysExpected == 0 }
  /// Relays by how they do.
  package var relaysByLevel: [HealthScore.Level: Int] = [:]
  /// Of the relays that are declared to run and of which something is known, 0 to 100; nil without any.
  package var meanHealth: Double?
  package var sessions = 0
  package var connectedPeers = 0
  /// Keys that relays which are declared to run let in.
  package var expectedPeers = 0
  /// Of the last five minutes.
  package var handshakes = HandshakeCount()
  /// Completed handshakes a second over the last five minutes.
  package var handshakesPerSecond = 0.0
  /// 0 to 1 over the last five minutes; nil without any.
  package var handshakeSuccess: Double?
  package var receivedBitsPerSecond = 0.0
  package var forwardedBitsPerSecond = 0.0
  /// Counted since each relay's start.
  package var receivedBytes: UInt64 = 0
  package var forwardedBytes: UInt64 = 0
  package var organizationsActive = 0
  package var organizations = 0
  package var keysActive = 0
  package var sla = SLAAttainment()
  package var alerts: [Alert.Severity: Int] = [:]

  package init() {}
}

/// How much of the observed time relays that are declared to run were up.
package struct SLAAttainment: Sendable, Equatable {
  /// Hours that are looked back, as far as they were observed.
  package static let windowHours = UptimeLedger.days * 24

  /// Seconds, summed over relays.
  package var observedSeconds = 0.0
  package var upSeconds = 0.0
  /// Percent, where one is declared. For the platform: how many organizations meet theirs is what counts.
  package var target: Double?
  /// Organizations with a target, and those of them that meet it.
  package var organizationsWithTarget = 0
  package var organizationsMeeting = 0

  package init() {}

  /// Percent; nil where nothing was observed yet.
  package var percent: Double? { observedSeconds > 0 ? 100 * upSeconds / observedSeconds : nil }

  /// Whether the target is met; nil where there is none, or nothing was observed yet.
  package var isMet: Bool? {
    guard let target, let percent else { return nil }
    return percent >= target
  }
}
