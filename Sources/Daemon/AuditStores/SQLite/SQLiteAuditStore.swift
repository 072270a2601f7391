package import AuditLog
import FoundationEssentials
import GRDB
import Glibc
import PrivateFiles

/// Audit records in a SQLite file, with the same bytes and chain as in PostgreSQL.
package struct SQLiteAuditStore: AuditStore {
  private let database: DatabaseQueue
  private let path: String
  /// Identity of the opened file; nil if unknown.
  private let file: FileIdentity?

  /// Identity of the file at a path.
  private struct FileIdentity: Equatable {
    let device: UInt
    let number: UInt

    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      device = UInt(status.st_dev)
      number = UInt(status.st_ino)
    }
  }

  /// Opens a file, creating it if necessary.
  ///
  /// - Throws: `AuditError` if the file cannot be opened or is not an audit store.
  package init(path: String) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    configuration.journalMode = .wal
    do {
      // SQLite copies the file's permissions to its log and index, and reports failures to create the file better than
      // we could.
      try? PrivateFile.create(path)
      for name in [path, "\(path)-wal", "\(path)-shm"] { PrivateAccess.close(name) }
      database = try DatabaseQueue(path: path, configuration: configuration)
      // The write-ahead log is flushed before each commit returns: one flush per transaction.
      try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
      try Self.migrate(database)
      self.path = path
      file = FileIdentity(path)
    } catch {
      throw Self.failure(error, "the audit file `\(path)` cannot be used")
    }
  }

  /// Opens a file that another process created and writes to.
  ///
  /// - Throws: `AuditError` if it does not exist or cannot be read. If it cannot be written, only appending throws.
  package init(existing path: String) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    configuration.readonly = true
    do {
      let reading = try DatabaseQueue(path: path, configuration: configuration)
      _ = try reading.read { try Self.head($0) }
      configuration.readonly = false
      let writing = try? DatabaseQueue(path: path, configuration: configuration)
      try writing?.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
      database = writing ?? reading
      self.path = path
      file = FileIdentity(path)
    } catch {
      throw Self.failure(error, "the audit file `\(path)` cannot be read")
    }
  }

  /// Migrates the tables. If two processes open a new file at the same time, one creates the tables and the other finds
  /// them on its next attempt.
  private static func migrate(_ database: DatabaseQueue, attempts: Int = 3) throws {
    do {
      try migrator.migrate(database)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR && attempts > 1 {
      try migrate(database, attempts: attempts - 1)
    }
  }

  private static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.execute(
        sql: """
          CREATE TABLE records (
            sequence INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, bytes BLOB NOT NULL, previous BLOB NOT NULL,
            hash BLOB NOT NULL, time INTEGER NOT NULL, action TEXT NOT NULL, actor TEXT NOT NULL, org TEXT,
            commit_id TEXT, generation INTEGER);
          CREATE INDEX records_by_org ON records (org, sequence);
          CREATE INDEX records_by_action ON records (action, sequence);
          CREATE INDEX records_by_time ON records (time);
          CREATE TABLE checkpoints (sequence INTEGER PRIMARY KEY, text TEXT NOT NULL);
          CREATE TRIGGER records_stay BEFORE UPDATE ON records
            BEGIN SELECT RAISE(ABORT, 'audit records are never changed'); END;
          CREATE TRIGGER records_remain BEFORE DELETE ON records
            BEGIN SELECT RAISE(ABORT, 'audit records are never deleted'); END;
          """)
    }
    return migrator
  }

  package func append(_ appends: [AuditAppend]) async throws -> [AuditRecord] {
    try await write { database in
      var records: [AuditRecord] = []
      var head = try Self.head(database)
      for append in appends {
        if let row = try Row.fetchOne(database, sql: "SELECT * FROM records WHERE key = ?", arguments: [append.key]) {
          records.append(try Self.record(row).forAppend(append))
          continue
        }
        let record = try AuditRecord(after: head, key: append.key, bytes: append.entry.bytes)
        try Self.insert(record, database)
        head = record.head
        records.append(record)
      }
      return records
    }
  }

  private static func insert(_ record: AuditRecord, _ database: Database) throws {
    guard let entry = record.entry else { throw AuditError(.invalid, "a record is not an entry of wpex") }
    try database.execute(
      sql: "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        record.sequence, record.key, Data(record.bytes), Data(record.previous), Data(record.hash), entry.time,
        entry.action.rawValue, entry.actor.shown, entry.org, entry.commit, entry.generation,
      ])
  }

  package func records(from sequence: Int64, limit: Int) async throws -> [AuditRecord] {
    try await read { database in
      try Row.fetchAll(
        database, sql: "SELECT * FROM records WHERE sequence >= ? ORDER BY sequence LIMIT ?",
        arguments: [sequence, limit]
      ).map(Self.record)
    }
  }

  package func records(matching query: AuditQuery) async throws -> [AuditRecord] {
    var conditions: [String] = []
    var arguments: [(any DatabaseValueConvertible)?] = []
    func require(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
      guard let value else { return }
      conditions.append(condition)
      arguments.append(value)
    }
    require("org = ?", query.org)
    require("action = ?", query.action?.rawValue)
    require("instr(swiftLowercaseString(actor), ?) > 0", query.actor?.lowercased())
    require("commit_id LIKE ? || '%'", query.commit)
    require("generation = ?", query.generation)
    require("time >= ?", query.since)
    require("time < ?", query.until)
    require("sequence < ?", query.before)
    arguments.append(query.limit)
    let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    let sql = "SELECT * FROM records \(filter) ORDER BY sequence DESC LIMIT ?"
    let bound = StatementArguments(arguments)
    return try await read { database in
      try Row.fetchAll(database, sql: sql, arguments: bound).map(Self.record)
    }
  }

  package func firstRecordWithWrongColumns() async throws -> Int64? {
    try await read { database in
      let rows = try Row.fetchCursor(database, sql: "SELECT * FROM records ORDER BY sequence")
      while let row = try rows.next() {
        let record = Self.record(row)
        guard let entry = record.entry, entry.time == row["time"], entry.action.rawValue == row["action"],
          entry.actor.shown == row["actor"], entry.org == row["org"], entry.commit == row["commit_id"],
          entry.generation == row["generation"]
        else { return record.sequence }
      }
      return nil
    }
  }

  package func head() async throws -> AuditHead { try await read { try Self.head($0) } }

  package func add(_ checkpoint: Checkpoint) async throws {
    try await write { database in
      try database.execute(
        sql: "INSERT OR IGNORE INTO checkpoints VALUES (?, ?)",
        arguments: [checkpoint.head.sequence, checkpoint.text])
    }
  }

  package func checkpoints() async throws -> [Checkpoint] {
    try await read { database in
      try String.fetchAll(database, sql: "SELECT text FROM checkpoints ORDER BY sequence")
    }.map { try Checkpoint(parsing: $0) }
  }

  package func adopt(_ records: [AuditRecord]) async throws {
    try await write { database in
      var verification = ChainVerification()
      var head = try Self.head(database)
      for record in records {
        guard record.sequence == head.sequence + 1, record.previous == head.hash else {
          throw AuditError(
            .invalid, "record \(record.sequence) does not follow record \(head.sequence) of this store")
        }
        try verification.checkAlone(record)
        try Self.insert(record, database)
        head = record.head
      }
    }
  }

  package func close() async { try? database.close() }

  private static func head(_ database: Database) throws -> AuditHead {
    let row = try Row.fetchOne(database, sql: "SELECT * FROM records ORDER BY sequence DESC LIMIT 1")
    return row.map { record($0).head } ?? .empty
  }

  private static func record(_ row: Row) -> AuditRecord {
    func bytes(_ column: String) -> [UInt8] { (row[column] as Data?).map(Array.init) ?? [] }
    return AuditRecord(
      sequence: row["sequence"] ?? 0, key: row["key"] ?? "", bytes: bytes("bytes"), previous: bytes("previous"),
      hash: bytes("hash"))
  }

  private func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    do { return try await Task { try await database.read(body) }.value } catch {
      throw Self.failure(error, "the audit file cannot be read")
    }
  }

  private func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    // A separate task, so that cancelling the writer does not abandon a record halfway.
    do {
      return try await Task {
        try requireFile()
        let value = try await database.write(body)
        // Records written to a file that has been removed cannot be read back.
        try requireFile()
        return value
      }.value
    } catch {
      throw Self.failure(error, "the audit file cannot be written")
    }
  }

  /// Checks that the path still leads to the opened file.
  ///
  /// - Throws: `AuditError(.changed)` if it does not.
  private func requireFile() throws(AuditError) {
    guard let file, FileIdentity(path) == file else {
      throw AuditError(
        .changed,
        "the audit file `\(path)` was removed or replaced while it was open: put it back, or restart the process that writes to it"
      )
    }
  }

  private static func failure(_ error: any Error, _ what: String) -> any Error {
    guard let error = error as? DatabaseError else { return error }
    let passing: [ResultCode] = [.SQLITE_BUSY, .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_LOCKED]
    return AuditError(
      passing.contains(error.resultCode) ? .unavailable : .invalid, "\(what): \(error.message ?? "\(error.resultCode)")"
    )
  }
}
