import AuditLog
import PostgresClient

/// A connection to PostgreSQL whose failures are the audit log's.
struct AuditConnection: Sendable {
  typealias Rows = PostgresConnection.Rows

  private let connection: PostgresConnection

  /// - Throws: `AuditFailure(.unavailable)` where PostgreSQL cannot be reached.
  init(_ text: String) async throws {
    do {
      connection = try await PostgresConnection(text, searchPath: "pg_catalog, pg_temp")
    } catch let failure as PostgresFailure {
      throw AuditFailure(failure)
    }
  }

  /// Runs one statement.
  ///
  /// - Throws: `AuditFailure(.unavailable)` where the connection broke; it is made anew at the next call.
  func run(_ sql: String, _ parameters: [String?] = []) async throws -> Rows {
    do {
      return try await connection.run(sql, parameters)
    } catch let failure as PostgresFailure {
      throw AuditFailure(failure)
    }
  }
}

extension AuditFailure {
  fileprivate init(_ failure: PostgresFailure) {
    self.init(failure.kind == .unavailable ? .unavailable : .invalid, failure.description)
  }
}
