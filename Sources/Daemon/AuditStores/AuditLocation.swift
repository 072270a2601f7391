package import AuditLog
import PostgresClient

/// Where audit records are kept: a SQLite file, or a PostgreSQL database.
package enum AuditLocation: Sendable, Equatable {
  case sqlite(path: String)
  /// A connection URI or `key=value` string as libpq reads it. May hold a password: it is never shown.
  case postgres(connection: String)

  package init(_ text: String) {
    // Whatever could hold a password never becomes the name of a file.
    self = ConnectionString.isMeant(by: text) ? .postgres(connection: text) : .sqlite(path: text)
  }

  /// Opens the store; a SQLite file is made where there is none.
  ///
  /// - Parameter mustWrite: whether a standby of PostgreSQL is of no use.
  package func open(mustWrite: Bool = false) async throws -> any AuditStore {
    switch self {
    case .sqlite(let path): try SQLiteAuditStore(path: path)
    case .postgres(let connection): try await PostgresAuditStore(connection: connection, mustWrite: mustWrite)
    }
  }

  /// Opens the store of a status server, which reads it and records logins and measurements. A role of PostgreSQL that may
  /// do no more is enough; a SQLite file must be there already.
  package func openForStatus() async throws -> any AuditStore {
    switch self {
    case .sqlite(let path): try SQLiteAuditStore(existing: path)
    case .postgres(let connection): try await PostgresAuditStore(connection: connection, isStatusServer: true)
    }
  }

  /// The same for who goes on without it: a database that cannot be reached now is opened by the first use that finds it.
  ///
  /// - Parameter away: told why it cannot be reached.
  /// - Throws: `AuditFailure` where waiting would not help.
  package func openForStatusInTime(away: (AuditFailure) -> Void) async throws -> any AuditStore {
    do {
      return try await openForStatus()
    } catch let failure as AuditFailure where failure.kind == .unavailable && isServer {
      away(failure)
      return LateAuditStore { try await openForStatus() }
    }
  }

  /// Whether it is a database that others reach too.
  package var isServer: Bool {
    switch self {
    case .sqlite: false
    case .postgres: true
    }
  }
}
