/// A failure reported by PostgreSQL or libpq.
package struct PostgresClientError: Error, Sendable, CustomStringConvertible {
  /// Kinds of failures.
  package enum Kind: Sendable, Equatable {
    /// The server cannot be reached or the connection broke; a later attempt may succeed.
    case unavailable
    /// The server rejects the statement.
    case refused
  }

  /// The kind of failure.
  package let kind: Kind
  /// The SQLSTATE, five characters (https://www.postgresql.org/docs/15/errcodes-appendix.html); empty if there is none.
  package let state: String
  /// Whether a time limit was exceeded, so that an immediate retry would wait as long again.
  package let isLate: Bool
  /// A sentence for the user, without secrets.
  package let description: String

  package init(_ kind: Kind, _ description: String, state: String = "", isLate: Bool = false) {
    self.kind = kind
    self.state = state
    self.isLate = isLate
    self.description = description
  }
}
