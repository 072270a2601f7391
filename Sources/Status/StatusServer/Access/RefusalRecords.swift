import ConfigModel

/// Chooses which refused logins are recorded: one a minute of a network and user, and so many a minute in all. Nobody fills
/// the log by being refused, from however many addresses.
package struct RefusalRecords: Sendable {
  /// What becomes of a refusal.
  package enum Choice: Sendable, Equatable {
    /// It is recorded under this name, which is another one for each record.
    case record(String)
    /// Nothing of it is recorded but that there are more, once.
    case recordMore(String)
    case skip
  }

  /// Records of one minute.
  static let most = 60

  private var minute: Int64 = -1
  private var seen: Set<String> = []

  package init() {}

  /// - Parameter time: seconds since 1970.
  package mutating func choose(_ attempt: LoginGate.Attempt, time: Int64) -> Choice {
    if minute != time / 60 {
      minute = time / 60
      seen = []
    }
    guard seen.count <= Self.most else { return .skip }
    let name = "login.refused/\(attempt.network)/\(attempt.user ?? "")"
    guard !seen.contains(name) else { return .skip }
    seen.insert(name)
    return seen.count <= Self.most ? .record("\(name)/\(minute)") : .recordMore("login.refused/more/\(minute)")
  }
}
