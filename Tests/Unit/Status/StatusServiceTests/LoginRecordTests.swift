import AuditLog
import AuditStores
import TestSupport
import Testing

@testable import StatusServer
@testable import StatusService

@Suite struct LoginRecordTests {
  private func attempt(user: String?, refusal: String? = nil) -> LoginGate.Attempt {
    LoginGate.Attempt(
      user: user, org: user == nil ? nil : "acme", way: .token, address: "192.0.2.7", network: "192.0.2.7",
      refusal: refusal)
  }

  @Test func loginsAndRefusalsAreRecorded() async throws {
    try await ExternalCommand.withFolder { folder in
      let store = try SQLiteAuditStore(path: "\(folder)/audit.sqlite")
      let record = LoginRecord(store, onNotice: { _ in Issue.record("everything can be recorded") })
      await record.note(attempt(user: "acme/anna"))
      await record.note(attempt(user: nil, refusal: "unknown token"))
      let entries = try await store.records(from: 1, limit: 10).compactMap(\.entry)
      #expect(entries.map(\.action) == [.loggedIn, .loginRefused])
      #expect(entries.map(\.actor.user) == ["acme/anna", nil])
      #expect(entries.map(\.org) == ["acme", nil])
      #expect(entries.map(\.detail) == ["by token from 192.0.2.7", "by token from 192.0.2.7: unknown token"])
      await store.close()
    }
  }

  /// A login must not fail because the log is away.
  @Test func aLogThatIsAwayIsReported() async throws {
    try await ExternalCommand.withFolder { folder in
      let inner = try SQLiteAuditStore(path: "\(folder)/audit.sqlite")
      let store = AuditWatchTests.ChangingStore(inner)
      store.setAway(true)
      let lines = Lines()
      await LoginRecord(store, onNotice: lines.add).note(attempt(user: "acme/anna"))
      #expect(
        lines.all == ["wpex: a login could not be recorded: db.internal.example refused the connection"])
      await LoginRecord(nil, onNotice: lines.add).note(attempt(user: "acme/anna"))
      #expect(lines.all.count == 1)
      await store.close()
    }
  }
}
