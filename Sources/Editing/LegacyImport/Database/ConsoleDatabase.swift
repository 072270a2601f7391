import PostgresClient
import TextFormats

/// A reader of the console's tables that uses a single read-only transaction.
package struct ConsoleDatabase: Sendable {
  private let connection: PostgresConnection

  /// Connects to the database.
  ///
  /// - Parameter text: a connection string for libpq, such as `postgres://…`. It may contain a password and is never
  ///   displayed.
  /// - Throws: `PostgresClientError`.
  package init(connection text: String) async throws {
    connection = try await PostgresConnection(text)
  }

  /// The reason why the database cannot be imported.
  package struct Refused: Error, CustomStringConvertible {
    /// A sentence for the user.
    package let description: String
  }

  /// Reads the console's rows and decrypts the keys.
  ///
  /// - Parameter passphrase: the passphrase with which pgcrypto encrypted the keys. It is sent to PostgreSQL as a
  ///   parameter, never as part of a statement.
  /// - Throws: `Refused` if required tables or columns are missing or reading them is unsafe, or `PostgresClientError`.
  package func contents(passphrase: String) async throws -> ConsoleContents {
    // A database with the encoding SQL_ASCII accepts any bytes. With UTF-8 for the client, it would refuse all rows
    // because of one that is not valid UTF-8.
    let encoding = try await connection.run("SHOW server_encoding").first?.first.flatMap { $0 }
    _ = try await connection.run("SET client_encoding TO '\(encoding == "SQL_ASCII" ? "SQL_ASCII" : "UTF8")'")
    _ = try await connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    do {
      let contents = try await read(passphrase)
      _ = try await connection.run("COMMIT")
      return contents
    } catch {
      _ = try? await connection.run("ROLLBACK")
      throw error
    }
  }

  private func read(_ passphrase: String) async throws -> ConsoleContents {
    let schema = try await ConsoleSchema(of: connection)
    if let reason = schema.danger { throw Refused(description: reason) }
    if !schema.refusals.isEmpty {
      throw Refused(
        description: "this is not a database of the console: \(schema.refusals.joined(separator: ", ")) "
          + "\(schema.refusals.count == 1 ? "is" : "are") missing, not in the search path, or not accessible to this "
          + "role: grant it USAGE of the schema and SELECT on its tables, and name another schema with "
          + "`options=-csearch_path%3DNAME`")
    }
    let extensions = try await connection.run(
      "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pgcrypto'")
    guard let cryptography = extensions.first?.first.flatMap({ $0 }) else {
      throw Refused(
        description: "the database has no pgcrypto, which decrypts the keys: run `CREATE EXTENSION pgcrypto` in it")
    }
    var contents = ConsoleContents()
    contents.missing = schema.missing
    contents.tenants = try await rows(.tenants, schema).map(\.row)
    contents.users = try await rows(.users, schema).map(\.row)
    contents.sites = try await rows(.sites, schema).map(\.row)
    contents.servers = try await rows(.servers, schema).map(\.row)
    contents.links = try await rows(.links, schema).map(\.row)
    for (row, place) in try await rows(.accessKeys, schema) {
      contents.accessKeys.append((row, try await key(at: place, schema, cryptography, passphrase)))
    }
    return contents
  }

  /// Returns the rows of a table sorted by id, each with its physical location (`ctid`).
  private func rows(_ table: ConsoleTable, _ schema: ConsoleSchema) async throws -> [(row: ConsoleRow, place: String)] {
    let columns = schema.columns(of: table)
    guard !columns.isEmpty else { return [] }
    let list = columns.map { "\(SQLText.identifier($0.actual)) AS \(SQLText.identifier($0.name))" }.joined(
      separator: ", ")
    let order = table == .links ? "server_id, key_id" : "id"
    let answer = try await connection.run(
      "SELECT r.place, row_to_json(r)::text FROM (SELECT ctid::text AS place, \(list) FROM \(schema.place(of: table))) r"
        + " ORDER BY \(order.split(separator: ", ").map { "r.\(SQLText.identifier(String($0)))" }.joined(separator: ", ")), r.place"
    )
    return try answer.map { fields in
      guard fields.count == 2, let place = fields[0], let text = fields[1], let json = try? JSON(parsing: text.utf8)
      else {
        throw PostgresClientError(.refused, "PostgreSQL returned a row of \(table.rawValue) that is not JSON")
      }
      return (ConsoleRow(table, json), place)
    }
  }

  /// Decrypts one key. A failure affects only its row: the transaction continues from the savepoint.
  private func key(
    at place: String, _ schema: ConsoleSchema, _ cryptography: String, _ passphrase: String
  ) async throws -> ConsoleContents.StoredKey {
    _ = try await connection.run("SAVEPOINT key")
    do {
      let answer = try await connection.run(
        """
        SELECT \(SQLText.identifier(cryptography)).pgp_sym_decrypt(\(SQLText.identifier(schema.encryptedKey)), $1::text)
        FROM \(schema.place(of: .accessKeys)) WHERE ctid = $2::tid
        """,
        [passphrase, place])
      _ = try await connection.run("RELEASE SAVEPOINT key")
      guard let text = answer.first?.first.flatMap({ $0 }) else { return .unreadable("is NULL") }
      return .text(text)
    } catch let failure as PostgresClientError where failure.kind == .refused {
      _ = try await connection.run("ROLLBACK TO SAVEPOINT key")
      // 39000 is pgcrypto's error for a wrong passphrase or a value that is not encrypted. PostgreSQL's message is
      // omitted because it could quote bytes.
      return .unreadable(
        failure.state == "39000"
          ? "cannot be decrypted with this passphrase" : "cannot be decrypted (PostgreSQL says \(failure.state))")
    }
  }
}
