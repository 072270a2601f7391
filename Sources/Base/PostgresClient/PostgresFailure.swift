/// Why PostgreSQL did not do what it was asked for.
package struct PostgresFailure: Error, Sendable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// It cannot be reached now, or broke off; asking again later may help.
    case unavailable
    /// It refuses the statement.
    case refused
  }

  package let kind: Kind
  /// Five characters of SQL's own (https://www.postgresql.org/docs/15/errcodes-appendix.html), or empty where there are none.
  package let state: String
  /// Whether time was up: asking again at once would wait as long again.
  package let isLate: Bool
  package let description: String

  package init(_ kind: Kind, _ description: String, state: String = "", isLate: Bool = false) {
    self.kind = kind
    self.state = state
    self.isLate = isLate
    self.description = description
  }
}
