/// Observed time and uptime of a relay, per day, for 31 days.
struct UptimeLedger: Sendable, Equatable {
  /// Longest gap between two observations that still counts as observed, in seconds.
  static let maxGap = 150.0
  /// Days kept.
  static let days = 31

  private struct Day: Sendable, Equatable {
    var number: Int32 = .min
    var observed: Float = 0
    var up: Float = 0
  }

  private var ring: [Day] = []
  private var last: (time: Double, isUp: Bool)?

  static func == (left: UptimeLedger, right: UptimeLedger) -> Bool {
    left.ring == right.ring && left.last?.time == right.last?.time && left.last?.isUp == right.last?.isUp
  }

  /// Counts the time since the last observation; it counts as up if the relay was up at both ends.
  ///
  /// - Parameters:
  ///   - isUp: nil if unknown or if the relay is declared to be off; that time does not count.
  ///   - time: seconds since 1970.
  mutating func look(_ isUp: Bool?, at time: Double) {
    defer { last = isUp.map { (time, $0) } }
    guard let isUp, let last, time > last.time, time - last.time <= Self.maxGap else { return }
    let seconds = Float(time - last.time)
    let number = Int32(clamping: Int(clamping: time / 86_400))
    let slot = ring.firstIndex { $0.number == number } ?? open(number)
    ring[slot].observed += seconds
    if isUp && last.isUp { ring[slot].up += seconds }
  }

  /// Observed seconds of the days kept.
  var observedSeconds: Double { ring.reduce(0) { $0 + Double($1.observed) } }
  /// Seconds of the days kept during which the relay was up.
  var upSeconds: Double { ring.reduce(0) { $0 + Double($1.up) } }

  private mutating func open(_ number: Int32) -> Int {
    guard ring.count >= Self.days, let oldest = ring.indices.min(by: { ring[$0].number < ring[$1].number }) else {
      ring.append(Day(number: number))
      return ring.count - 1
    }
    ring[oldest] = Day(number: number)
    return oldest
  }
}
