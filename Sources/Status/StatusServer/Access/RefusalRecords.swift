import ConfigModel

/// Decides which refused logins are recorded in the audit log: one per minute for each network and user, up to a limit
/// per minute.
///
/// Nobody can flood the log with refusals, from however many addresses.
package struct RefusalRecords: Sendable {
  /// What to do with a refusal.
  package enum Choice: Sendable, Equatable {
    /// Record it under this key, which is unique to the record.
    case record(String)
    /// Record once, under this key, that there were more.
    case recordMore(String)
    /// Do not record it.
    case skip
  }

  /// Most records per minute.
  static let maxCount = 60

  private var minute: Int64 = -1
  private var seen: Set<String> = []

  /// Creates an empty state.
  package init() {}

  /// Decides on a refusal.
  ///
  /// - Parameters:
  ///   - attempt: the refused attempt.
  ///   - time: seconds since 1970.
  package mutating func choose(_ attempt: LoginGate.Attempt, time: Int64) -> Choice {
    if minute != time / 60 {
      minute = time / 60
      seen = []
    }
    guard seen.count <= Self.maxCount else { return .skip }
    let name = "login.refused/\(attempt.network)/\(attempt.user ?? "")"
    guard !seen.contains(name) else { return .skip }
    seen.insert(name)
    return seen.count <= Self.maxCount ? .record("\(name)/\(minute)") : .recordMore("login.refused/more/\(minute)")
  }
}
