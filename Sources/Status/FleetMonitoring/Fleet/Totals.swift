import RelayWire

/// Sums over relays, maintained by adding and subtracting one relay's contribution.
///
/// Integers, so that subtraction is exact.
struct Totals: Sendable, Equatable {
  var declared = 0
  var expected = 0
  var running = 0
  /// Relays that have ever answered.
  var heard = 0
  var levels: [HealthScore.Level: Int] = [:]
  var healthSum = 0
  var healthCount = 0
  var sessions = 0
  var peers = 0
  var expectedPeers = 0
  var initiated = 0
  var completed = 0
  var receivedBits = 0
  var forwardedBits = 0
  var receivedBytes = 0
  var forwardedBytes = 0
  var observedMilliseconds = 0
  var upMilliseconds = 0
  var alerts: [Alert.Severity: Int] = [:]

  /// Creates the contribution of one relay.
  init(of record: RelayRecord) {
    declared = 1
    expected = record.expectation.isRunning ? 1 : 0
    running = record.observation?.phase == .current ? 1 : 0
    heard = record.lastStatistics == nil ? 0 : 1
    levels = [record.health.level: 1]
    if record.expectation.isRunning, let score = record.health.score {
      healthSum = score
      healthCount = 1
    }
    sessions = record.sessions
    peers = record.connectedPeers
    initiated = Int(clamping: record.handshakes?.attempts ?? 0)
    completed = Int(clamping: record.handshakes?.completed ?? 0)
    receivedBits = Int(clamping: record.throughput.received)
    forwardedBits = Int(clamping: record.throughput.forwarded)
    expectedPeers = record.expectation.isRunning ? record.expectation.keys.count : 0
    receivedBytes = Int(clamping: record.lastStatistics?.traffic?.receivedBytes ?? 0)
    forwardedBytes = Int(clamping: record.lastStatistics?.traffic?.forwardedBytes ?? 0)
    observedMilliseconds = Int(clamping: record.observedSeconds * 1_000)
    upMilliseconds = Int(clamping: record.upSeconds * 1_000)
    for alert in record.alerts { alerts[alert.severity, default: 0] += 1 }
  }

  init() {}

  static func += (left: inout Totals, right: Totals) { left.combine(right, &+) }
  static func -= (left: inout Totals, right: Totals) { left.combine(right, &-) }

  /// Combines with wrapping arithmetic, so that subtracting undoes adding even if reported numbers overflow.
  private mutating func combine(_ other: Totals, _ operation: (Int, Int) -> Int) {
    declared = operation(declared, other.declared)
    expected = operation(expected, other.expected)
    running = operation(running, other.running)
    heard = operation(heard, other.heard)
    healthSum = operation(healthSum, other.healthSum)
    healthCount = operation(healthCount, other.healthCount)
    sessions = operation(sessions, other.sessions)
    peers = operation(peers, other.peers)
    expectedPeers = operation(expectedPeers, other.expectedPeers)
    initiated = operation(initiated, other.initiated)
    completed = operation(completed, other.completed)
    receivedBits = operation(receivedBits, other.receivedBits)
    forwardedBits = operation(forwardedBits, other.forwardedBits)
    receivedBytes = operation(receivedBytes, other.receivedBytes)
    forwardedBytes = operation(forwardedBytes, other.forwardedBytes)
    observedMilliseconds = operation(observedMilliseconds, other.observedMilliseconds)
    upMilliseconds = operation(upMilliseconds, other.upMilliseconds)
    for (level, count) in other.levels { levels[level] = operation(levels[level] ?? 0, count) }
    for (severity, count) in other.alerts { alerts[severity] = operation(alerts[severity] ?? 0, count) }
  }

  /// The figures, except those of organizations and keys.
  var kpi: PlatformKPI {
    var kpi = PlatformKPI()
    kpi.relaysDeclared = declared
    kpi.relaysExpected = expected
    kpi.relaysRunning = running
    kpi.relaysHeard = heard
    kpi.relaysByLevel = levels.filter { $0.value > 0 }
    kpi.meanHealth = healthCount > 0 ? Double(healthSum) / Double(healthCount) : nil
    kpi.sessions = sessions
    kpi.connectedPeers = peers
    kpi.expectedPeers = expectedPeers
    kpi.handshakes = HandshakeCount(
      initiated: UInt64(clamping: initiated), completed: UInt64(clamping: completed))
    kpi.handshakesPerSecond = Double(completed) / HandshakeWindow.length
    kpi.handshakeSuccess = kpi.handshakes.success
    kpi.receivedBitsPerSecond = Double(receivedBits)
    kpi.forwardedBitsPerSecond = Double(forwardedBits)
    kpi.receivedBytes = UInt64(clamping: receivedBytes)
    kpi.forwardedBytes = UInt64(clamping: forwardedBytes)
    kpi.sla.observedSeconds = Double(observedMilliseconds) / 1_000
    kpi.sla.upSeconds = Double(upMilliseconds) / 1_000
    kpi.alerts = alerts.filter { $0.value > 0 }
    return kpi
  }
}
