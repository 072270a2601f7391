import AuditLog
import FoundationEssentials
import StatusServer

/// Records logins and refused logins in the audit log.
actor LoginRecord {
  private let audit: (any AuditStore)?
  private let onNotice: @Sendable (String) -> Void
  private var refusals = RefusalRecords()

  /// - Parameters:
  ///   - audit: nil to record nothing.
  ///   - onNotice: called with one line if a login cannot be recorded.
  init(_ audit: (any AuditStore)?, onNotice: @escaping @Sendable (String) -> Void) {
    self.audit = audit
    self.onNotice = onNotice
  }

  /// Records an attempt to log in. Refusals beyond a limit per minute share one record.
  func note(_ attempt: LoginGate.Attempt) async {
    guard let audit else { return }
    let time = AuditClock.now()
    let from = "by \(attempt.way.rawValue) from \(attempt.address)"
    let key: String
    var detail = attempt.refusal.map { "\(from): \($0)" } ?? from
    var user = attempt.user
    if attempt.refusal == nil {
      key = "login/\(UUID().uuidString)"
    } else {
      switch refusals.choose(attempt, time: time / 1_000) {
      case .skip: return
      case .record(let name): key = name
      case .recordMore(let name):
        key = name
        detail = "more logins were refused in this minute than are recorded individually"
        user = nil
      }
    }
    var entry = AuditEntry(
      time: time, action: attempt.refusal == nil ? .loggedIn : .loginRefused, actor: AuditActor(user: user),
      org: user == nil ? nil : attempt.org)
    entry.detail = detail
    do {
      _ = try await audit.append([AuditAppend(key: key, entry)])
    } catch {
      onNotice("wpex: a login could not be recorded: \(error)")
    }
  }
}
