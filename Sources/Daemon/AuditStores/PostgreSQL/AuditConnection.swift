import AuditLog
import ProcessSupport
import PostgresClient

/// A connection to PostgreSQL whose failures are the audit log's.
struct AuditConnection: Sendable {
  typealias Rows = PostgresConnection.Rows

  private let connection: PostgresConnection
  private let limits: PostgresLimits

  /// Seconds for looking up a name and connecting, which libpq does on its own.
  private static let connecting = 12

  /// - Parameter mustWrite: whether a standby is of no use.
  /// - Throws: `AuditFailure(.unavailable)` where PostgreSQL cannot be reached.
  init(_ text: String, limits: PostgresLimits = .daemon, mustWrite: Bool = false) async throws {
    self.limits = limits
    connection = try await Self.patiently(Self.connecting + limits.silence) {
      try await PostgresConnection(text, searchPath: "pg_catalog, pg_temp", limits: limits, mustWrite: mustWrite)
    }
  }

  /// Runs one statement.
  ///
  /// - Parameters:
  ///   - isRepeatable: whether it is run once more if the connection turns out to have broken while nobody used it.
  ///   - seconds: how long it may take, if that is longer than usual.
  /// - Throws: `AuditFailure(.unavailable)` where the connection broke or time is up; the next call connects again.
  func run(
    _ sql: String, _ parameters: [String?] = [], isRepeatable: Bool = false, within seconds: Int? = nil
  ) async throws -> Rows {
    let connection = connection
    return try await Self.patiently(Self.connecting + (seconds ?? limits.statement) + 2) {
      do {
        return try await connection.run(sql, parameters, within: seconds)
      } catch let failure as PostgresFailure where isRepeatable && failure.kind == .unavailable && !failure.isLate {
        return try await connection.run(sql, parameters, within: seconds)
      }
    }
  }

  private static func patiently<Value: Sendable>(
    _ seconds: Int, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    do {
      return try await BoundedWait.value(within: .seconds(seconds), of: body)
    } catch let failure as PostgresFailure {
      throw AuditFailure(failure.kind == .unavailable ? .unavailable : .invalid, failure.description)
    } catch is BoundedWait.Elapsed {
      throw AuditFailure(.unavailable, "PostgreSQL cannot be reached within \(seconds) s")
    }
  }
}
