import AuditLog
import ProcessSupport
import PostgresClient

/// A PostgreSQL connection that throws `AuditError`.
struct AuditConnection: Sendable {
  typealias Rows = PostgresConnection.Rows

  private let connection: PostgresConnection
  private let limits: PostgresLimits

  /// Seconds for name resolution and connecting, both of which libpq does by itself.
  private static let connecting = 12

  /// Connects.
  ///
  /// - Parameters:
  ///   - text: Connection URI or `key=value` string.
  ///   - limits: Time limits.
  ///   - mustWrite: Whether to reject a standby.
  /// - Throws: `AuditError(.unavailable)` if PostgreSQL cannot be reached.
  init(_ text: String, limits: PostgresLimits = .daemon, mustWrite: Bool = false) async throws {
    self.limits = limits
    connection = try await Self.patiently(Self.connecting + limits.silence) {
      try await PostgresConnection(text, searchPath: "pg_catalog, pg_temp", limits: limits, mustWrite: mustWrite)
    }
  }

  /// Runs one statement.
  ///
  /// - Parameters:
  ///   - sql: The statement.
  ///   - parameters: Its parameters.
  ///   - isRepeatable: Whether to retry once if the connection turns out to have broken while idle.
  ///   - seconds: Time limit, if longer than usual.
  /// - Throws: `AuditError(.unavailable)` if the connection broke or the time is up; the next call reconnects.
  func run(
    _ sql: String, _ parameters: [String?] = [], isRepeatable: Bool = false, within seconds: Int? = nil
  ) async throws -> Rows {
    let connection = connection
    return try await Self.patiently(Self.connecting + (seconds ?? limits.statement) + 2) {
      do {
        return try await connection.run(sql, parameters, within: seconds)
      } catch let failure as PostgresClientError where isRepeatable && failure.kind == .unavailable && !failure.isLate {
        return try await connection.run(sql, parameters, within: seconds)
      }
    }
  }

  private static func patiently<Value: Sendable>(
    _ seconds: Int, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    do {
      return try await BoundedWait.value(within: .seconds(seconds), of: body)
    } catch let failure as PostgresClientError {
      throw AuditError(failure.kind == .unavailable ? .unavailable : .invalid, failure.description)
    } catch is BoundedWait.Elapsed {
      throw AuditError(.unavailable, "PostgreSQL cannot be reached within \(seconds) s")
    }
  }
}
