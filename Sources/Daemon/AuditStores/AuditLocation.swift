package import AuditLog
import PostgresClient

/// Location of the audit records: a SQLite file or a PostgreSQL database.
package enum AuditLocation: Sendable, Equatable {
  /// Path of a SQLite file.
  case sqlite(path: String)
  /// A libpq connection URI or `key=value` string. It may contain a password, so it is never shown.
  case postgres(connection: String)

  /// Parses a location: connection strings mean PostgreSQL, everything else is a path.
  package init(_ text: String) {
    // Text that could contain a password must never become a file name.
    self = ConnectionString.isMeant(by: text) ? .postgres(connection: text) : .sqlite(path: text)
  }

  /// Opens the store; a missing SQLite file is created.
  ///
  /// - Parameter mustWrite: Whether to reject a PostgreSQL standby.
  /// - Throws: `AuditError` if the store cannot be opened.
  package func open(mustWrite: Bool = false) async throws -> any AuditStore {
    switch self {
    case .sqlite(let path): try SQLiteAuditStore(path: path)
    case .postgres(let connection): try await PostgresAuditStore(connection: connection, mustWrite: mustWrite)
    }
  }

  /// Opens the store for a status server, which reads records and writes those of logins and measurements.
  ///
  /// A PostgreSQL role with just these permissions suffices; a SQLite file must already exist.
  ///
  /// - Throws: `AuditError` if the store cannot be opened.
  package func openForStatus() async throws -> any AuditStore {
    switch self {
    case .sqlite(let path): try SQLiteAuditStore(existing: path)
    case .postgres(let connection): try await PostgresAuditStore(connection: connection, isStatusServer: true)
    }
  }

  /// Like `openForStatus()`, but connects lazily if the database is unreachable.
  ///
  /// - Parameter away: Called with the reason if the database is unreachable.
  /// - Throws: `AuditError` if waiting would not help.
  package func openForStatusLazily(onUnavailable: (AuditError) -> Void) async throws -> any AuditStore {
    do {
      return try await openForStatus()
    } catch let failure as AuditError where failure.kind == .unavailable && isServer {
      onUnavailable(failure)
      return LazyAuditStore { try await openForStatus() }
    }
  }

  /// Whether it is a database server, which other hosts may use too.
  package var isServer: Bool {
    switch self {
    case .sqlite: false
    case .postgres: true
    }
  }
}
