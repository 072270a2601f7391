import AuditLog
import AuditStores
import TestSupport
import Testing

func entry(_ number: Int, org: String = "acme") -> AuditEntry {
  AuditEntry(
    time: 1_700_000_000_000 + Int64(number) * 1_000, action: number.isMultiple(of: 2) ? .objectUpdated : .objectCreated,
    actor: AuditActor(author: "Anna <a@example.org>"), org: org, kind: "Relay", name: "r\(number)", commit: "c0ffee",
    generation: number, detail: "naïve 'quoted' \\ text")
}

/// What every store does, whichever it is.
func exercise(_ store: any AuditStore) async throws {
  #expect(try await store.head() == .empty)
  let first = try await store.append((1...5).map { AuditAppend(key: "k\($0)", entry($0)) })
  #expect(first.map(\.sequence) == [1, 2, 3, 4, 5])
  // Again, with one that is new: nothing is doubled.
  let again = try await store.append((3...6).map { AuditAppend(key: "k\($0)", entry($0, org: "globex")) })
  #expect(again.map(\.sequence) == [3, 4, 5, 6])
  #expect(again.prefix(3) == first.suffix(3))
  #expect(try await store.verify() == again.last?.head)
  #expect(try await store.records(from: 2, limit: 2).map(\.sequence) == [2, 3])
  var query = AuditQuery()
  query.org = "globex"
  #expect(try await store.records(matching: query).map(\.sequence) == [6])
  query = AuditQuery()
  query.action = .objectCreated
  query.before = 5
  #expect(try await store.records(matching: query).map(\.sequence) == [3, 1])
  query = AuditQuery()
  query.since = 1_700_000_002_000
  query.until = 1_700_000_004_000
  query.commit = "c0f"
  query.actor = "Anna <a@example.org>"
  #expect(try await store.records(matching: query).map(\.sequence) == [3, 2])
  for (actor, isFound) in [
    ("anna", true), ("A@EXAMPLE", true), ("na <", true), ("bert", false), ("%", false), ("_", false),
  ] {
    query.actor = actor
    #expect(try await store.records(matching: query).isEmpty != isFound, "\(actor)")
  }
  query = AuditQuery()
  query.generation = 4
  #expect(try await store.records(matching: query).map(\.entry) == [entry(4)])
  let key = try CheckpointKey(name: "test", seed: Array(0..<32))
  let checkpoint = try Checkpoint(origin: "o", head: try await store.head(), key: key)
  try await store.add(checkpoint)
  try await store.add(checkpoint)
  #expect(try await store.checkpoints() == [checkpoint])
  #expect(try await store.verify(signedBy: key.verifier).sequence == 6)
}

@Suite struct SQLiteStoreTests {
  @Test func keepsTheChain() async throws {
    try await ExternalCommand.withFolder { folder in
      try await exercise(SQLiteAuditStore(path: "\(folder)/audit.sqlite"))
      let opened = try SQLiteAuditStore(path: "\(folder)/audit.sqlite")
      #expect(try await opened.head().sequence == 6)
    }
  }

  @Test func appendersDoNotDisturbEachOther() async throws {
    try await ExternalCommand.withFolder { folder in
      let store = try SQLiteAuditStore(path: "\(folder)/audit.sqlite")
      let other = try SQLiteAuditStore(path: "\(folder)/audit.sqlite")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<64 {
          group.addTask {
            _ = try await (number % 2 == 0 ? store : other).append([AuditAppend(key: "k\(number)", entry(number))])
          }
        }
        try await group.waitForAll()
      }
      #expect(try await store.verify().sequence == 64)
    }
  }

  @Test func notADatabaseIsSaid() async throws {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write(Array(String(repeating: "no database ", count: 100).utf8), to: "\(folder)/x")
      #expect(throws: AuditError.self) { _ = try SQLiteAuditStore(path: "\(folder)/x") }
      #expect(throws: AuditError.self) { _ = try SQLiteAuditStore(path: "/nowhere/at/all") }
    }
  }
}

/// Against a real PostgreSQL.
@Suite(.serialized) struct PostgresStoreTests {
  private func withServer(_ body: (PostgresServer) async throws -> Void) async throws {
    let server = try PostgresServer()
    defer { server.remove() }
    try server.psql(PostgresSchema.bootstrap)
    let versions = try await PostgresAuditStore.migrate(connection: server.connection())
    #expect(versions.from == 0 && versions.to == PostgresSchema.version)
    try await body(server)
  }

  @Test func keepsTheChain() async throws {
    try await withServer { server in
      let again = try await PostgresAuditStore.migrate(connection: server.connection())
      #expect(again.from == PostgresSchema.version && again.to == PostgresSchema.version)
      // As the owner, who may read as well.
      try await exercise(PostgresAuditStore(connection: server.connection()))
    }
  }

  /// A database of an earlier release, with records in it.
  @Test func migratesFromTheFirstVersion() async throws {
    let server = try PostgresServer()
    defer { server.remove() }
    try server.psql(PostgresSchema.bootstrap)
    let first = try await PostgresAuditStore.migrate(connection: server.connection(), to: 1)
    #expect(first.from == 0 && first.to == 1)
    // What a daemon of that release did.
    let bytes = String(decoding: entry(1).bytes, as: UTF8.self).split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "''")
    try server.psql(
      "SELECT wpex_audit.append('k', convert_to('\(bytes)', 'UTF8'))", user: PostgresSchema.daemon)
    // This one does not write into tables that it does not know.
    await #expect(throws: AuditError.self) {
      _ = try await PostgresAuditStore(connection: server.connection(user: PostgresSchema.daemon))
    }
    let second = try await PostgresAuditStore.migrate(connection: server.connection())
    #expect(second.from == 1 && second.to == PostgresSchema.version)
    let reader = try await PostgresAuditStore(connection: server.connection(user: PostgresSchema.reader))
    #expect(try await reader.records(from: 1, limit: 2).map(\.entry) == [entry(1)])
    #expect(try await reader.verify().sequence == 1)
    let daemon = try await PostgresAuditStore(connection: server.connection(user: PostgresSchema.daemon))
    _ = try await daemon.append([AuditAppend(key: "l", entry(2))])
    #expect(try await reader.verify().sequence == 2)
  }

  @Test func rolesMayDoWhatTheyMustAndNothingElse() async throws {
    try await withServer { server in
      let daemon = try await PostgresAuditStore(connection: server.connection(user: PostgresSchema.daemon))
      _ = try await daemon.append([AuditAppend(key: "k", entry(1))])
      #expect(try await daemon.head().sequence == 1)
      // It signs checkpoints of what it can read through functions alone.
      let signer = CheckpointSigner(daemon, origin: "o", key: try CheckpointKey(name: "test", seed: Array(0..<32)))
      #expect(try await signer.signIfDue()?.head.sequence == 1)
      await #expect(throws: AuditError.self) { _ = try await daemon.records(matching: AuditQuery()) }
      let reader = try await PostgresAuditStore(connection: server.connection(user: PostgresSchema.reader))
      #expect(try await reader.verify().sequence == 1)
      await #expect(throws: AuditError.self) { _ = try await reader.append([AuditAppend(key: "l", entry(2))]) }
      // The status server's own actions are all that its role records.
      let status = try await PostgresAuditStore(
        connection: server.connection(user: PostgresSchema.reader), isStatusServer: true)
      await #expect(throws: AuditError.self) { _ = try await status.append([AuditAppend(key: "m", entry(2))]) }
      let login = AuditEntry(time: 2, action: .loggedIn, actor: AuditActor(user: "acme/bert"), org: "acme")
      #expect(try await status.append([AuditAppend(key: "login/n", login)]).map(\.sequence) == [2])
      #expect(try await status.verify().sequence == 2)
      let statements = [
        "INSERT INTO wpex_audit.records SELECT * FROM wpex_audit.records", "UPDATE wpex_audit.records SET key = 'x'",
        "DELETE FROM wpex_audit.records", "TRUNCATE wpex_audit.records", "UPDATE wpex_audit.head SET sequence = 9",
        "DELETE FROM wpex_audit.keys", "TRUNCATE wpex_audit.records_2023_11", "DROP TABLE wpex_audit.records",
        "SELECT wpex_audit.store(9, 'x', '{}', '', '')", "SELECT wpex_audit.adopt(9, 'x', '{}', '', '')",
      ]
      for statement in statements {
        for user in [PostgresSchema.daemon, PostgresSchema.reader] {
          #expect(throws: PostgresServer.Failure.self, "\(user): \(statement)") {
            try server.psql(statement, user: user)
          }
        }
      }
      // Triggers hold for the superuser too, until he takes them away.
      for statement in statements[1...3] + statements[5...6] {
        #expect(throws: PostgresServer.Failure.self, "\(statement)") { try server.psql(statement) }
      }
    }
  }

  @Test func manyAppendersWithRollbacksStayGapless() async throws {
    try await withServer { server in
      let connection = server.connection(user: PostgresSchema.daemon)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<64 {
          group.addTask {
            let store = try await PostgresAuditStore(connection: connection)
            for number in 0..<10 {
              // Every third is written twice, by two writers at once.
              let key = number % 3 == 0 ? "shared-\(writer / 2)-\(number)" : "\(writer)-\(number)"
              _ = try await store.append([AuditAppend(key: key, entry(number))])
            }
          }
        }
        for number in 0..<8 {
          group.addTask {
            for step in 0..<10 {
              try server.psql(
                "BEGIN; SELECT wpex_audit.append('rolled-back-\(number)-\(step)', '{\"action\":\"held\",\"time\":1,\"version\":1}'); ROLLBACK",
                user: PostgresSchema.daemon)
            }
          }
        }
        try await group.waitForAll()
      }
      let reader = try await PostgresAuditStore(connection: server.connection(user: PostgresSchema.reader))
      #expect(try await reader.verify().sequence == 32 * 4 + 64 * 6)
    }
  }

  @Test func crashInTheMiddleLosesAndDoublesNothing() async throws {
    try await withServer { server in
      let store = try await PostgresAuditStore(connection: server.connection(user: PostgresSchema.daemon))
      _ = try await store.append([AuditAppend(key: "before", entry(0))])
      let writing = Task {
        var acknowledged: [String] = []
        for number in 0..<2_000 {
          let key = "k\(number)"
          while true {
            do {
              _ = try await store.append([AuditAppend(key: key, entry(number))])
              acknowledged.append(key)
              break
            } catch let failure as AuditError where failure.kind == .unavailable {
              try await Task.sleep(for: .milliseconds(50))
            }
          }
        }
        return acknowledged
      }
      for _ in 0..<3 {
        try await Task.sleep(for: .milliseconds(300))
        try server.stop("immediate")
        try server.start()
      }
      let acknowledged = try await writing.value
      let reader = try await PostgresAuditStore(connection: server.connection(user: PostgresSchema.reader))
      #expect(try await reader.verify().sequence == Int64(acknowledged.count + 1))
      var keys: [String] = []
      while true {
        let batch = try await reader.records(from: Int64(keys.count + 1), limit: 1_000)
        if batch.isEmpty { break }
        keys += batch.map(\.key)
      }
      #expect(keys == ["before"] + acknowledged)
    }
  }

  /// The owner of the database can do anything; a checkpoint kept elsewhere shows that it was done.
  @Test func superusersEditsAreFound() async throws {
    try await withServer { server in
      let store = try await PostgresAuditStore(connection: server.connection())
      _ = try await store.append((1...6).map { AuditAppend(key: "k\($0)", entry($0)) })
      let key = try CheckpointKey(name: "test", seed: Array(0..<32))
      let exported = try Checkpoint(origin: "o", head: try await store.head(), key: key)
      try server.psql(
        """
        CREATE TABLE saved AS SELECT * FROM wpex_audit.records;
        CREATE TABLE saved_keys AS SELECT * FROM wpex_audit.keys;
        CREATE TABLE saved_head AS SELECT * FROM wpex_audit.head;
        """)
      let free = "SET session_replication_role = replica; "
      let restore =
        free + """
          DELETE FROM wpex_audit.records; INSERT INTO wpex_audit.records SELECT * FROM saved;
          DELETE FROM wpex_audit.keys; INSERT INTO wpex_audit.keys SELECT * FROM saved_keys;
          DELETE FROM wpex_audit.head; INSERT INTO wpex_audit.head SELECT * FROM saved_head;
          """
      var edits = [
        "UPDATE wpex_audit.records SET org = 'globex' WHERE sequence = 3",
        "UPDATE wpex_audit.records SET actor = 'nobody' WHERE sequence = 3",
        "UPDATE wpex_audit.records SET generation = 77 WHERE sequence = 3",
        "UPDATE wpex_audit.records SET action = 'held' WHERE sequence = 3",
        "UPDATE wpex_audit.records SET time = time + interval '1 second' WHERE sequence = 3",
        "UPDATE wpex_audit.records SET key = 'other' WHERE sequence = 3",
        "UPDATE wpex_audit.records SET sequence = sequence + 10 WHERE sequence >= 4",
        "DELETE FROM wpex_audit.keys WHERE sequence = 2", "UPDATE wpex_audit.head SET sequence = 5",
        "DELETE FROM wpex_audit.records WHERE sequence = 6; UPDATE wpex_audit.head SET (sequence, hash) = (SELECT sequence, hash FROM wpex_audit.records WHERE sequence = 5)",
      ]
      for sequence in 1...6 { edits.append("DELETE FROM wpex_audit.records WHERE sequence = \(sequence)") }
      for place in stride(from: 0, to: entry(2).bytes.count, by: 7) {
        edits.append(
          "UPDATE wpex_audit.records SET bytes = set_byte(bytes, \(place), get_byte(bytes, \(place)) # 1) WHERE sequence = 2"
        )
      }
      for edit in edits {
        try server.psql(free + edit)
        await #expect(throws: ChainVerification.Fault.self, "\(edit)") {
          _ = try await store.verify(against: [exported], signedBy: key.verifier)
        }
        try server.psql(restore)
      }
      #expect(try await store.verify(against: [exported], signedBy: key.verifier).sequence == 6)
    }
  }

  @Test func recordsMoveFromSQLite() async throws {
    try await withServer { server in
      try await ExternalCommand.withFolder { folder in
        let small = try SQLiteAuditStore(path: "\(folder)/audit.sqlite")
        let records = try await small.append((1...50).map { AuditAppend(key: "k\($0)", entry($0)) })
        let store = try await PostgresAuditStore(connection: server.connection())
        try await store.adopt(records)
        #expect(try await store.verify() == records.last?.head)
        await #expect(throws: AuditError.self) { try await store.adopt(records) }
        let next = try await store.append([AuditAppend(key: "next", entry(51))])
        #expect(next.first?.previous == records.last?.hash)
      }
    }
  }

  @Test func whatIsMissingIsSaid() async throws {
    let server = try PostgresServer()
    defer { server.remove() }
    let failure = await #expect(throws: AuditError.self) {
      _ = try await PostgresAuditStore(connection: server.connection())
    }
    #expect(failure?.description.contains("wpex audit migrate") == true)
    let unreachable = await #expect(throws: AuditError.self) {
      _ = try await PostgresAuditStore(connection: "host=/nowhere password=hunter2secret")
    }
    #expect(unreachable?.kind == .unavailable)
    #expect(unreachable?.description.contains("hunter2secret") == false)
  }
}

@Suite struct CheckpointSignerTests {
  private static func signer(
    _ store: any AuditStore, records: Int64, seconds: Double = 3_600
  ) throws -> CheckpointSigner {
    var options = CheckpointSigner.Options()
    options.records = records
    options.seconds = seconds
    return CheckpointSigner(
      store, origin: "o", key: try CheckpointKey(name: "test", seed: Array(0..<32)), options: options)
  }

  @Test func signsAfterSoManyRecords() async throws {
    try await ExternalCommand.withFolder { folder in
      let store = try SQLiteAuditStore(path: "\(folder)/audit.sqlite")
      let signer = try Self.signer(store, records: 3)
      #expect(try await signer.signIfDue() == nil)
      _ = try await store.append([AuditAppend(key: "1", entry(1))])
      // What nobody has signed yet is due at once.
      #expect(try await signer.signIfDue()?.head.sequence == 1)
      _ = try await store.append((2...3).map { AuditAppend(key: "\($0)", entry($0)) })
      #expect(try await signer.signIfDue() == nil)
      _ = try await store.append([AuditAppend(key: "4", entry(4))])
      #expect(try await signer.signIfDue()?.head.sequence == 4)
      // Another process goes on behind the last one.
      let next = try Self.signer(store, records: 3)
      #expect(try await next.signIfDue() == nil)
      #expect(try await store.checkpoints().map(\.head.sequence) == [1, 4])
    }
  }

  @Test func signsAfterSoMuchTime() async throws {
    try await ExternalCommand.withFolder { folder in
      let store = try SQLiteAuditStore(path: "\(folder)/audit.sqlite")
      let signer = try Self.signer(store, records: 1_000, seconds: 0)
      for number in 1...3 {
        _ = try await store.append([AuditAppend(key: "\(number)", entry(number))])
        #expect(try await signer.signIfDue()?.head.sequence == Int64(number))
        #expect(try await signer.signIfDue() == nil)
      }
    }
  }

  /// A log does not continue from the end of another log, or from an end that somebody else claims for it.
  @Test(arguments: [("o", 1), ("another", 0)] as [(String, UInt8)])
  func foreignCheckpointIsNoStart(_ origin: String, _ seed: UInt8) async throws {
    try await ExternalCommand.withFolder { folder in
      let store = try SQLiteAuditStore(path: "\(folder)/audit.sqlite")
      _ = try await store.append((1...5).map { AuditAppend(key: "k\($0)", entry($0)) })
      let other = try CheckpointKey(name: "test", seed: (0..<32).map { $0 + seed })
      try await store.add(try Checkpoint(origin: origin, head: try await store.head(), key: other))
      let signer = try Self.signer(store, records: 1_000)
      #expect(try await signer.signIfDue()?.head.sequence == 5)
    }
  }

  /// Records that an earlier process signed are gone, with all that came after them.
  @Test func logThatWasCutOffIsSaid() async throws {
    try await ExternalCommand.withFolder { folder in
      let whole = try SQLiteAuditStore(path: "\(folder)/whole.sqlite")
      _ = try await whole.append((1...5).map { AuditAppend(key: "k\($0)", entry($0)) })
      let signed = try #require(try await Self.signer(whole, records: 1).signIfDue())
      let cut = try SQLiteAuditStore(path: "\(folder)/cut.sqlite")
      try await cut.adopt(try await whole.records(from: 1, limit: 3))
      try await cut.add(signed)
      let signer = try Self.signer(cut, records: 1)
      await #expect(throws: ChainVerification.Fault(.beforeCheckpoint, at: 5)) { _ = try await signer.signIfDue() }
      #expect(try await cut.checkpoints() == [signed])
    }
  }

  @Test func signsNothingThatWasChanged() async throws {
    try await ExternalCommand.withFolder { folder in
      let store = try SQLiteAuditStore(path: "\(folder)/audit.sqlite")
      _ = try await store.append((1...5).map { AuditAppend(key: "k\($0)", entry($0)) })
      let python = try #require(ExternalCommand.path(of: "python3"))
      let edit = """
        import sqlite3, sys
        file = sqlite3.connect(sys.argv[1])
        for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            file.execute(f"DROP TRIGGER {name}")
        (content,) = file.execute("SELECT bytes FROM records WHERE sequence = 3").fetchone()
        file.execute("UPDATE records SET bytes = ? WHERE sequence = 3", (content.replace(b"r3", b"r9"),))
        file.commit()
        """
      let changed = try ExternalCommand.run(python, ["-c", edit, "\(folder)/audit.sqlite"], folder: folder)
      #expect(changed.status == 0, "\(changed.errors)")
      let signer = try Self.signer(store, records: 1)
      await #expect(throws: ChainVerification.Fault(.wrongHash, at: 3)) { _ = try await signer.signIfDue() }
      #expect(try await store.checkpoints().isEmpty)
    }
  }
}

@Suite struct GroupedAuditStoreTests {
  @Test func everybodyGetsHisOwnRecords() async throws {
    try await ExternalCommand.withFolder { folder in
      let store = BatchingAuditStore(try SQLiteAuditStore(path: "\(folder)/audit.sqlite"))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<50 {
          group.addTask {
            for step in 0..<4 {
              let keys = (0...step).map { "\(writer)-\(step)-\($0) \"quoted\" \\" }
              let records = try await store.append(keys.map { AuditAppend(key: $0, entry(step)) })
              #expect(records.map(\.key) == keys)
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await store.verify().sequence == 50 * 10)
    }
  }

  /// A key of PostgreSQL's text type holds no zero.
  @Test func refusedEntryTakesNobodyWithIt() async throws {
    let server = try PostgresServer()
    defer { server.remove() }
    try server.psql(PostgresSchema.bootstrap)
    _ = try await PostgresAuditStore.migrate(connection: server.connection())
    let store = BatchingAuditStore(try await PostgresAuditStore(connection: server.connection()))
    let outcomes = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<20 {
        group.addTask {
          let key = number == 7 ? "a\u{0}b" : "k\(number) \"quoted\" \\ {,}"
          let records = try? await store.append([AuditAppend(key: key, entry(number))])
          return records?.first?.key == key
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(outcomes == 19)
    #expect(try await store.verify().sequence == 19)
  }
}
