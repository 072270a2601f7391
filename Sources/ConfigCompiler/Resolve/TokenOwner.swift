package import ConfigModel

/// Whose an API token is, by the repository.
package struct TokenOwner: Sendable, Equatable {
  package let user: UserID
  /// The last day on which it is good; nil for one that stays good.
  package let expires: CivilDate?

  package func isGood(on day: CivilDate) -> Bool { expires.map { day <= $0 } ?? true }
}

extension Compilation {
  /// Every API token by its SHA-256 in lower-case hexadecimal.
  package var tokens: [String: TokenOwner] {
    let global = platform.users.map { (UserID(org: nil, name: $0.name), $0.spec) }
    let members = units.flatMap { unit in unit.users.map { (UserID(org: unit.name, name: $0.name), $0.spec) } }
    var tokens: [String: TokenOwner] = [:]
    for (user, spec) in global + members {
      for token in spec.access.tokens {
        tokens[token.sha256.lowercased()] = TokenOwner(user: user, expires: token.expires)
      }
    }
    return tokens
  }
}
