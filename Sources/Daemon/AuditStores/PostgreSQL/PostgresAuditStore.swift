package import AuditLog
import FoundationEssentials
import PostgresClient
import TextFormats

/// Audit records in PostgreSQL. A database function computes sequence and hash, so that the daemon's role needs no
/// permissions on tables.
package struct PostgresAuditStore: AuditStore {
  private let connection: AuditConnection
  /// Name of the database function that appends.
  private let function: String

  /// Connects and checks the schema version.
  ///
  /// - Parameters:
  ///   - text: Connection URI or `key=value` string.
  ///   - isStatusServer: Whether the role may record only logins and measurements.
  ///   - mustWrite: Whether to reject a standby; among several hosts, the primary is chosen.
  /// - Throws: `AuditError` if PostgreSQL cannot be reached or `wpex audit migrate` has not been run.
  package init(connection text: String, isStatusServer: Bool = false, mustWrite: Bool = false) async throws {
    function = isStatusServer ? "append_access" : "append"
    connection = try await AuditConnection(text, mustWrite: mustWrite)
    let version: Int
    do {
      version =
        Int(try await connection.run("SELECT wpex_audit.schema_version()").first?.first.flatMap { $0 } ?? "") ?? 0
    } catch let failure as AuditError where failure.kind == .invalid {
      version = 0
    }
    guard version >= PostgresSchema.version else {
      throw AuditError(
        .invalid,
        "the audit tables have version \(version), and this wpex needs \(PostgresSchema.version): run `wpex audit migrate`"
      )
    }
  }

  /// Migrates the tables to the newest version, in one transaction.
  ///
  /// - Parameters:
  ///   - text: Connection URI or `key=value` string.
  ///   - newest: Version at which to stop, for stepwise upgrades.
  /// - Returns: The versions before and after.
  /// - Throws: `AuditError` if PostgreSQL cannot be reached or refuses, or if an object in the schema has a foreign
  ///   owner.
  package static func migrate(
    connection text: String, to newest: Int = PostgresSchema.version
  ) async throws -> (from: Int, to: Int) {
    let connection = try await AuditConnection(text, limits: .command, mustWrite: true)
    func version() async throws -> Int {
      Int(try await connection.run("SELECT wpex_audit.schema_version()").first?.first.flatMap { $0 } ?? "") ?? 0
    }
    _ = try await connection.run("BEGIN")
    do {
      // Of two concurrent migrations, the second waits and then finds nothing to do.
      _ = try await connection.run("SELECT pg_advisory_xact_lock(7742001)")
      let isMember = try await connection.run(
        "SELECT 1 FROM pg_roles WHERE rolname = '\(PostgresSchema.owner)' AND pg_has_role(current_user, oid, 'MEMBER')")
      if !isMember.isEmpty { _ = try await connection.run("SET LOCAL ROLE \(PostgresSchema.owner)") }
      let foreign = try await connection.run(
        """
        SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'wpex_audit' AND NOT pg_has_role(p.proowner, n.nspowner, 'MEMBER')
        UNION ALL SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'wpex_audit' AND NOT pg_has_role(c.relowner, n.nspowner, 'MEMBER') LIMIT 1
        """)
      if let name = foreign.first?.first.flatMap({ $0 }) {
        throw AuditError(
          .invalid, "`wpex_audit.\(name)` belongs to another role than its schema: drop it, and find out who created it"
        )
      }
      _ = try await connection.run(PostgresSchema.versions)
      let before = try await version()
      for (index, migration) in PostgresSchema.migrations.prefix(newest).enumerated() where index + 1 > before {
        _ = try await connection.run(migration)
        _ = try await connection.run("INSERT INTO wpex_audit.migrations (version) VALUES (\(index + 1))")
      }
      let after = try await version()
      _ = try await connection.run("COMMIT")
      return (before, after)
    } catch {
      _ = try? await connection.run("ROLLBACK")
      throw error
    }
  }

  /// Appends all entries in one statement, passed as two arrays, and so in one transaction.
  package func append(_ appends: [AuditAppend]) async throws -> [AuditRecord] {
    guard !appends.isEmpty else { return [] }
    let statement = """
      SELECT a.* FROM (SELECT * FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS u(key, bytes, position)
        ORDER BY position) e CROSS JOIN LATERAL wpex_audit.\(function)(e.key, e.bytes) a
      """
    let parameters = [
      SQLText.postgresArray(appends.map(\.key)), SQLText.postgresArray(appends.map { Self.text($0.entry.bytes) }),
    ]
    // Repeatable, because an entry that was recorded after all is found by its key.
    return try Self.matched(try await connection.run(statement, parameters, isRepeatable: true), to: appends)
  }

  /// The record of each entry, in the order of the entries. Swift 6.3.1 cannot optimize this in an `async` function.
  private static func matched(_ rows: AuditConnection.Rows, to appends: [AuditAppend]) throws -> [AuditRecord] {
    let records = Dictionary(rows.compactMap(record).map { (Array($0.key.utf8), $0) }) { first, _ in first }
    return try appends.map { append in
      guard let record = records[Array(append.key.utf8)] else {
        throw AuditError(.invalid, "PostgreSQL's append function returned no record")
      }
      return try record.forAppend(append)
    }
  }

  private static let columns = "sequence, key, bytes, previous, hash"

  package func records(from sequence: Int64, limit: Int) async throws -> [AuditRecord] {
    try await connection.run(
      "SELECT \(Self.columns) FROM wpex_audit.chain_records($1::bigint, $2::bigint)",
      [String(sequence), String(limit)]
    ).compactMap(Self.record)
  }

  package func records(matching query: AuditQuery) async throws -> [AuditRecord] {
    var conditions: [String] = []
    var parameters: [String] = []
    func require(_ condition: (String) -> String, _ value: String?) {
      guard let value else { return }
      parameters.append(value)
      conditions.append(condition("$\(parameters.count)"))
    }
    require({ "org = \($0)" }, query.org)
    require({ "action = \($0)" }, query.action?.rawValue)
    require({ "strpos(lower(actor), lower(\($0))) > 0" }, query.actor)
    require({ "starts_with(commit_id, \($0))" }, query.commit)
    require({ "generation = \($0)::bigint" }, query.generation.map(String.init))
    require({ "time >= to_timestamp(\($0)::double precision / 1000)" }, query.since.map { String($0) })
    require({ "time < to_timestamp(\($0)::double precision / 1000)" }, query.until.map { String($0) })
    require({ "sequence < \($0)::bigint" }, query.before.map { String($0) })
    parameters.append(String(query.limit))
    let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    return try await connection.run(
      "SELECT \(Self.columns) FROM wpex_audit.records \(filter) ORDER BY sequence DESC LIMIT $\(parameters.count)::bigint",
      parameters
    ).compactMap(Self.record)
  }

  package func newestRecord(of action: AuditAction) async throws -> AuditRecord? {
    try await connection.run("SELECT \(Self.columns) FROM wpex_audit.newest_record($1)", [action.rawValue])
      .compactMap(Self.record).first
  }

  package func firstRecordWithWrongColumns() async throws -> Int64? {
    let rows = try await connection.run(
      """
      SELECT min(r.sequence) FROM wpex_audit.records r
      CROSS JOIN LATERAL (SELECT convert_from(r.bytes, 'UTF8')::jsonb AS entry) e
      LEFT JOIN wpex_audit.keys k ON k.key = r.key AND k.sequence = r.sequence AND k.time = r.time
      WHERE k.key IS NULL OR r.time <> to_timestamp((entry->>'time')::double precision / 1000)
        OR r.action IS DISTINCT FROM entry->>'action' OR r.org IS DISTINCT FROM entry->>'org'
        OR r.commit_id IS DISTINCT FROM entry->>'commit'
        OR r.generation IS DISTINCT FROM (entry->>'generation')::bigint
        OR r.actor IS DISTINCT FROM coalesce(entry->>'user', entry->>'author', entry->>'committer', '')
      """, within: 3_600)
    return rows.first?.first.flatMap { $0 }.flatMap { Int64($0) }
  }

  package func head() async throws -> AuditHead {
    let row = try await connection.run("SELECT sequence, hash FROM wpex_audit.chain_head()").first
    guard let row, row.count == 2, let sequence = row[0].flatMap({ Int64($0) }), let hash = Self.bytes(row[1]) else {
      throw AuditError(.invalid, "the audit log has no head: run `wpex audit migrate`")
    }
    return AuditHead(sequence: sequence, hash: hash)
  }

  package func add(_ checkpoint: Checkpoint) async throws {
    _ = try await connection.run(
      "SELECT wpex_audit.add_checkpoint($1::bigint, $2)", [String(checkpoint.head.sequence), checkpoint.text])
  }

  package func checkpoints() async throws -> [Checkpoint] {
    try await connection.run("SELECT * FROM wpex_audit.checkpoint_texts()")
      .compactMap { $0.first.flatMap { $0 } }.map { try Checkpoint(parsing: $0) }
  }

  package func adopt(_ records: [AuditRecord]) async throws {
    _ = try await connection.run("BEGIN")
    do {
      for record in records {
        _ = try await connection.run(
          "SELECT wpex_audit.adopt($1::bigint, $2, $3::bytea, $4::bytea, $5::bytea)",
          [
            String(record.sequence), record.key, Self.text(record.bytes), Self.text(record.previous),
            Self.text(record.hash),
          ])
      }
      _ = try await connection.run("COMMIT")
    } catch {
      _ = try? await connection.run("ROLLBACK")
      throw error
    }
  }

  package func close() async {}

  private static func record(_ row: [String?]) -> AuditRecord? {
    guard row.count == 5, let sequence = row[0].flatMap({ Int64($0) }), let key = row[1], let content = bytes(row[2]),
      let previous = bytes(row[3]), let hash = bytes(row[4])
    else { return nil }
    return AuditRecord(sequence: sequence, key: key, bytes: content, previous: previous, hash: hash)
  }

  /// Returns bytes in PostgreSQL's hex format of bytea.
  private static func text(_ bytes: [UInt8]) -> String { "\\x" + hexadecimal(bytes) }

  private static func bytes(_ text: String?) -> [UInt8]? {
    guard let digits = text.map({ Array($0.utf8) }), digits.count.isMultiple(of: 2),
      digits.starts(with: Array("\\x".utf8))
    else { return nil }
    func value(_ digit: UInt8) -> UInt8? {
      switch digit {
      case 0x30...0x39: digit - 0x30
      case 0x61...0x66: digit - 0x61 + 10
      default: nil
      }
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    for index in stride(from: 2, to: digits.count, by: 2) {
      guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }
}
