import AuditLog
import AuditStores
import Foundation
import Glibc
import PostgresClient
import TestSupport
import Testing

/// Nobody waits without end for a real PostgreSQL.
@Suite(.serialized) struct PostgresWaitTests {
  private static let limits = PostgresLimits(lock: 1, statement: 1)

  private func withServer(_ body: (PostgresServer) async throws -> Void) async throws {
    let server = try PostgresServer()
    defer { server.remove() }
    try await body(server)
  }

  @Test func statementsLocksAndStoppedServersEndTheWait() async throws {
    try await withServer { server in
      try server.psql("CREATE TABLE t (x int); INSERT INTO t VALUES (1)")
      let connection = try await PostgresConnection(server.connection(), limits: Self.limits)
      func late(_ sql: String) async throws {
        let failure = await #expect(throws: PostgresClientError.self) { _ = try await connection.run(sql) }
        #expect(failure?.kind == .unavailable && failure?.isLate == true, "\(failure?.description ?? "")")
        #expect(try await connection.run("SELECT 1") == [["1"]])
      }
      try await late("SELECT pg_sleep(60)")
      // What is known to take longer may.
      #expect(try await connection.run("SELECT 2 FROM pg_sleep(2)", within: 30) == [["2"]])
      try await late("SELECT pg_sleep(60)")
      let holder = try await PostgresConnection(server.connection())
      _ = try await holder.run("BEGIN")
      _ = try await holder.run("SELECT * FROM t FOR UPDATE")
      try await late("UPDATE t SET x = 2")
      _ = try await holder.run("COMMIT")
      #expect(try await connection.run("UPDATE t SET x = 3 RETURNING x") == [["3"]])
      // Its process is stopped: its socket is there, and says nothing.
      let id = try #require(try await connection.run("SELECT pg_backend_pid()").first?[0].flatMap { Int32($0) })
      kill(id, SIGSTOP)
      defer { kill(id, SIGCONT) }
      try await late("SELECT 1")
    }
  }

  /// Larger than any socket's buffer, in both directions.
  @Test func largeStatementsAndAnswersPass() async throws {
    try await withServer { server in
      let connection = try await PostgresConnection(
        server.connection(), limits: PostgresLimits(lock: 10, statement: 60))
      let text = String(repeating: "x", count: 20_000_000)
      #expect(try await connection.run("SELECT $1::text, length($1::text)", [text]) == [[text, "20000000"]])
      let failure = await #expect(throws: PostgresClientError.self) { _ = try await connection.run("SELEKT 1") }
      #expect(failure?.kind == .refused)
      #expect(try await connection.run("SELECT 1; SELECT 2") == [["2"]])
    }
  }

  @Test func whoHoldsTheLogsHeadHoldsNobodyForLong() async throws {
    try await withServer { server in
      try server.psql(PostgresSchema.bootstrap)
      _ = try await PostgresAuditStore.migrate(connection: server.connection())
      let store = try await PostgresAuditStore(connection: server.connection(user: PostgresSchema.daemon))
      let holder = try await PostgresConnection(server.connection())
      _ = try await holder.run("BEGIN")
      _ = try await holder.run("SELECT * FROM wpex_audit.head FOR UPDATE")
      let failure = await #expect(throws: AuditError.self) {
        _ = try await store.append([AuditAppend(key: "k", entry(1))])
      }
      #expect(failure?.kind == .unavailable && failure?.description.contains("lock") == true)
      _ = try await holder.run("ROLLBACK")
      #expect(try await store.append([AuditAppend(key: "k", entry(1))]).map(\.sequence) == [1])
    }
  }

  @Test func aPasswordFileIsReadAgainForEachConnection() async throws {
    try await withServer { server in
      let access = "\(server.folder)/data/pg_hba.conf"
      try ExternalCommand.write(Array("local all postgres trust\nlocal all all scram-sha-256\n".utf8), to: access)
      try server.psql("CREATE ROLE reader LOGIN PASSWORD 'one'; SELECT pg_reload_conf()")
      let file = "\(server.folder)/pass"
      func write(_ password: String) throws {
        try ExternalCommand.write(Array("*:*:*:reader:\(password)\n".utf8), to: file)
        chmod(file, 0o600)
      }
      try write("one")
      let connection = try await PostgresConnection(server.connection(user: "reader") + " passfile=\(file)")
      try server.psql("ALTER ROLE reader PASSWORD 'two'")
      try write("two")
      try server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")
      _ = try? await connection.run("SELECT 1")
      #expect(try await connection.run("SELECT 1") == [["1"]])
    }
  }

  @Test func ofSeveralServersTheOneThatWritesIsTaken() async throws {
    try await withServer { first in
      try await withServer { second in
        // As a standby is, for whoever connects.
        try first.psql("ALTER SYSTEM SET default_transaction_read_only = on")
        try first.psql("SELECT pg_reload_conf()")
        let both = "host=\(first.folder),\(second.folder) user=postgres dbname=postgres"
        func folder(_ connection: PostgresConnection) async throws -> String? {
          try await connection.run("SHOW unix_socket_directories").first?[0]
        }
        #expect(try await folder(PostgresConnection(both, mustWrite: true)) == second.folder)
        #expect(try await folder(PostgresConnection(both)) == first.folder)
        #expect(
          try await folder(PostgresConnection(both + " target_session_attrs=any", mustWrite: true)) == first.folder)
      }
    }
  }
}
