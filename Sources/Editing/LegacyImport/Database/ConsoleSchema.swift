import PostgresClient
import TextFormats

/// The console's tables and columns in a database, with their actual names.
struct ConsoleSchema {
  struct Column {
    /// The name that the import uses.
    let name: String
    /// The name in the database.
    let actual: String
  }

  /// Missing required tables and columns, as `table` or `table.column`.
  private(set) var refusals: [String] = []
  /// Missing optional tables and columns.
  private(set) var missing: [String] = []
  private(set) var encryptedKey = ConsoleTable.encryptedKey.name
  private var found: [ConsoleTable: [Column]] = [:]
  private var places: [ConsoleTable: String] = [:]
  /// The reason why reading would run another user's code with the importer's rights; nil if it would not.
  private(set) var danger: String?

  /// Looks up the tables and columns.
  ///
  /// - Throws: `PostgresClientError`.
  init(of connection: PostgresConnection) async throws {
    // Names are qualified until the search path is restricted to PostgreSQL's own schema: users who may create objects
    // in a schema of the search path could otherwise have their own functions called.
    let tables = ConsoleTable.allCases
    let found = try await connection.run(
      "SELECT "
        + tables.map { "pg_catalog.to_regclass(\(SQLText.literal($0.rawValue)))::pg_catalog.oid::pg_catalog.text" }
        .joined(separator: ", "))
    _ = try await connection.run("SET LOCAL search_path = pg_catalog")
    _ = try await connection.run("SET LOCAL row_security = off")
    var present: [ConsoleTable: Set<String>] = [:]
    for (table, number) in zip(tables, found.first ?? []) {
      guard let number else { continue }
      let columns = try await connection.run(
        """
        SELECT n.nspname, c.relkind, a.attname, t.typname,
          EXISTS (SELECT FROM pg_cast k WHERE k.castsource IN (t.oid, t.typelem) AND k.castfunc >= 16384
            AND k.casttarget IN ('json'::regtype, 'bytea'::regtype))
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
        JOIN pg_type t ON t.oid = a.atttypid
        WHERE c.oid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
        """, [number])
      for row in columns {
        guard row.count == 5, let schema = row[0], let kind = row[1], let column = row[2], let type = row[3] else {
          continue
        }
        places[table] = "\(SQLText.identifier(schema)).\(SQLText.identifier(table.rawValue))"
        // A view or a foreign table runs code that its owner wrote.
        if kind != "r", kind != "p", kind != "m" {
          danger = "`\(table.rawValue)` is not a table: its definition would run with the rights of the importing user"
        }
        if row[4] == "t", table.read.contains(where: { $0.names.contains(column) }) {
          danger =
            "the type `\(type)` of `\(table.rawValue).\(column)` has a user-defined cast, which reading would run"
        }
        present[table, default: []].insert(column)
      }
    }
    for table in ConsoleTable.allCases {
      guard let columns = present[table] else {
        if table.isOptional { missing.append(table.rawValue) } else { refusals.append(table.rawValue) }
        continue
      }
      for column in table.columns {
        if let actual = Self.actual(column, in: columns) {
          self.found[table, default: []].append(Column(name: column.name, actual: actual))
        } else {
          note(column, of: table)
        }
      }
      guard table == .accessKeys else { continue }
      if let actual = Self.actual(ConsoleTable.encryptedKey, in: columns) {
        encryptedKey = actual
      } else {
        note(ConsoleTable.encryptedKey, of: table)
      }
    }
  }

  func columns(of table: ConsoleTable) -> [Column] { found[table] ?? [] }

  /// Returns the table's name, qualified with its schema.
  func place(of table: ConsoleTable) -> String { places[table] ?? SQLText.identifier(table.rawValue) }

  private mutating func note(_ column: ConsoleTable.Column, of table: ConsoleTable) {
    let name = "\(table.rawValue).\(column.name)"
    if column.isRequired { refusals.append(name) } else { missing.append(name) }
  }

  private static func actual(_ column: ConsoleTable.Column, in columns: Set<String>) -> String? {
    column.names.first { columns.contains($0) }
  }
}

extension ConsoleTable {
  /// All columns that an import reads.
  fileprivate var read: [Column] { self == .accessKeys ? columns + [Self.encryptedKey] : columns }
}

extension ConsoleTable.Column {
  /// The import's name and its synonyms.
  fileprivate var names: [String] { [name] + synonyms }
}
