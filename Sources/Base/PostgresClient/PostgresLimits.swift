/// Time limits of a session, in seconds. Settings in the connection string's `options` take precedence.
package struct PostgresLimits: Sendable, Equatable {
  /// Limit for waiting for another session's lock.
  package var lock: Int
  /// Limit for a statement, enforced by the server.
  package var statement: Int
  /// Limit for a server that does not respond at all, for instance because its machine or process was stopped.
  package var silence: Int { statement + 2 }
  /// Limit for an idle client's open transaction, enforced by the server.
  package var idleInTransaction = 60

  package init(lock: Int, statement: Int) {
    self.lock = lock
    self.statement = statement
  }

  /// Limits for a daemon, which applies nothing while it waits for a record.
  package static let daemon = PostgresLimits(lock: 4, statement: 8)
  /// Limits for a command that a user waits for, such as a migration of large tables.
  package static let command = PostgresLimits(lock: 60, statement: 3_600)
}
