/// How long a session waits for PostgreSQL, in seconds. What the connection string says in its `options` goes first.
package struct PostgresLimits: Sendable, Equatable {
  /// For a lock that another session holds.
  package var lock: Int
  /// For a statement; the server ends it then.
  package var statement: Int
  /// For a server that says nothing at all, such as one whose machine or process was stopped.
  package var silence: Int { statement + 2 }
  /// How long the server keeps a transaction open for a client that does not go on.
  package var idleInTransaction = 60

  package init(lock: Int, statement: Int) {
    self.lock = lock
    self.statement = statement
  }

  /// Of a daemon: nothing is applied while it waits for a record.
  package static let daemon = PostgresLimits(lock: 4, statement: 8)
  /// Of a command that somebody waits for, such as a migration of large tables.
  package static let command = PostgresLimits(lock: 60, statement: 3_600)
}
