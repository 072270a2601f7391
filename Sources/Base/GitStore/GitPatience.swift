/// How long a look at a remote repository may take. All are seconds.
package struct GitPatience: Sendable {
  /// Until the server can be spoken to: names, connection, encryption.
  package var connect = 10.0
  /// For which nothing comes from the server.
  package var silence = 30.0
  /// From the beginning to the end.
  package var whole = 600.0

  package init() {}
}

/// Watches how a look goes on. It has no clock: moments are seconds of any clock that does not go back.
struct FetchWatch {
  enum Expiry: Equatable {
    case connect, silence, whole
  }

  private let patience: GitPatience
  private let begin: Double
  private var lastHeard: Double
  private var isConnected: Bool

  /// - Parameter isConnected: whether something else limits the time to connect.
  init(_ patience: GitPatience, from begin: Double, isConnected: Bool) {
    self.patience = patience
    self.begin = begin
    lastHeard = begin
    self.isConnected = isConnected
  }

  /// Something came, or went out.
  mutating func heard(at moment: Double) { lastHeard = max(lastHeard, moment) }

  /// The server can be spoken to.
  mutating func connected(at moment: Double) {
    guard !isConnected else { return }
    isConnected = true
    heard(at: moment)
  }

  /// What has run out; nil if nothing has.
  func expiry(at moment: Double) -> Expiry? {
    if moment - begin >= patience.whole { return .whole }
    if !isConnected { return moment - begin >= patience.connect ? .connect : nil }
    return moment - lastHeard >= patience.silence ? .silence : nil
  }

  /// Seconds until something runs out, if nothing comes.
  func rest(at moment: Double) -> Double {
    let next = isConnected ? lastHeard + patience.silence : begin + patience.connect
    return max(0, min(next, begin + patience.whole) - moment)
  }
}
