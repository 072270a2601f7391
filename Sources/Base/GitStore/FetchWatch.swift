/// A stopwatch that checks an operation against its `GitTimeouts`. It has no clock of its own: its callers pass moments
/// in seconds of any monotonic clock.
struct FetchWatch {
  enum Expiry: Equatable {
    case connect, silence, whole
  }

  private let timeouts: GitTimeouts
  private let begin: Double
  private var lastHeard: Double
  private var isConnected: Bool

  /// Starts watching at a moment.
  ///
  /// - Parameter isConnected: whether something else limits the time to connect.
  init(_ timeouts: GitTimeouts, from begin: Double, isConnected: Bool) {
    self.timeouts = timeouts
    self.begin = begin
    lastHeard = begin
    self.isConnected = isConnected
  }

  /// Records traffic in either direction.
  mutating func heard(at moment: Double) { lastHeard = max(lastHeard, moment) }

  /// Records that the connection is established.
  mutating func connected(at moment: Double) {
    guard !isConnected else { return }
    isConnected = true
    heard(at: moment)
  }

  /// Returns the limit that has been exceeded; nil if none has.
  func expiry(at moment: Double) -> Expiry? {
    if moment - begin >= timeouts.whole { return .whole }
    if !isConnected { return moment - begin >= timeouts.connect ? .connect : nil }
    return moment - lastHeard >= timeouts.silence ? .silence : nil
  }

  /// Returns the seconds until silence exceeds the next limit.
  func rest(at moment: Double) -> Double {
    let next = isConnected ? lastHeard + timeouts.silence : begin + timeouts.connect
    return max(0, min(next, begin + timeouts.whole) - moment)
  }
}
