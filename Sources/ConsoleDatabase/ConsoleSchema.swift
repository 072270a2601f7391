import ConsoleImport
import PostgresClient

/// Which of the console's tables and columns a database has, and under which names.
struct ConsoleSchema {
  struct Column {
    /// The import's name.
    let name: String
    /// The database's.
    let actual: String
  }

  /// What nothing can be read without, as `table` or `table.column`.
  private(set) var refusals: [String] = []
  /// What is not there and can be done without.
  private(set) var missing: [String] = []
  private(set) var encryptedKey = ConsoleTable.encryptedKey.name
  private var found: [ConsoleTable: [Column]] = [:]

  /// - Throws: `PostgresFailure`.
  init(of connection: PostgresConnection) async throws {
    let rows = try await connection.run(
      """
      SELECT table_name, column_name FROM information_schema.columns
      WHERE table_schema = ANY (current_schemas(false))
      """)
    var present: [String: Set<String>] = [:]
    for row in rows {
      guard row.count == 2, let table = row[0], let column = row[1] else { continue }
      present[table, default: []].insert(column)
    }
    for table in ConsoleTable.allCases {
      guard let columns = present[table.rawValue] else {
        if table.isOptional { missing.append(table.rawValue) } else { refusals.append(table.rawValue) }
        continue
      }
      for column in table.columns {
        if let actual = Self.actual(column, in: columns) {
          found[table, default: []].append(Column(name: column.name, actual: actual))
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

  private mutating func note(_ column: ConsoleTable.Column, of table: ConsoleTable) {
    let name = "\(table.rawValue).\(column.name)"
    if column.isRequired { refusals.append(name) } else { missing.append(name) }
  }

  private static func actual(_ column: ConsoleTable.Column, in columns: Set<String>) -> String? {
    ([column.name] + column.synonyms).first { columns.contains($0) }
  }
}
