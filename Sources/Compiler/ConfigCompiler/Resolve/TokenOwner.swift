package import ConfigModel

/// Whose an API token is, by the repository.
package struct TokenOwner: Sendable, Equatable {
  package let user: UserID
  /// The last day on which it is good; nil for one that stays good.
  package let expires: CivilDate?

  package func isGood(on day: CivilDate) -> Bool { expires.map { day <= $0 } ?? true }
}

extension Compilation {
  /// Every API token by its SHA-256 in lower-case hexadecimal. A token that several users declare belongs to the one who
  /// had it first, or to nobody; whoever only asks to join has none.
  package var tokens: [String: TokenOwner] {
    var tokens: [String: TokenOwner] = [:]
    forEachMember { id, user in
      for token in user.access.tokens {
        let hash = token.sha256.lowercased()
        guard holds(id, .token(hash)) else { continue }
        // Declared twice by one user, the day that comes first counts.
        if let known = tokens[hash]?.expires, token.expires.map({ known <= $0 }) ?? true { continue }
        tokens[hash] = TokenOwner(user: id, expires: token.expires)
      }
    }
    return tokens
  }

  /// Every subject of an OpenID Connect issuer with the user whose it is, by the same rule.
  package var subjects: [OIDCIdentity: UserID] {
    var subjects: [OIDCIdentity: UserID] = [:]
    forEachMember { id, user in
      for identity in user.identities.oidc where holds(id, .oidc(identity)) { subjects[identity] = id }
    }
    return subjects
  }

  /// The user who has a credential, whatever the user's status; nil where nobody has it.
  package func holder(of claim: Claim) -> UserID? {
    if let contested = holdings.claims[claim] { return contested.holder.flatMap(UserID.init) }
    var holder: UserID?
    forEachMember { id, user in
      if user.claims.contains(where: { $0.claim == claim }) { holder = id }
    }
    return holder
  }

  /// Whether a user who claims something has it.
  package func holds(_ id: UserID, _ claim: Claim) -> Bool {
    guard let contested = holdings.claims[claim] else { return true }
    return contested.holder.flatMap(UserID.init) == id
  }

  /// Every user who does not only ask to join.
  package func forEachMember(_ body: (UserID, UserSpec) -> Void) {
    for user in platform.users where !user.spec.isPending { body(UserID(org: nil, name: user.name), user.spec) }
    for unit in units where !unit.isPending {
      for user in unit.users where !user.spec.isPending { body(UserID(org: unit.name, name: user.name), user.spec) }
    }
  }
}

extension UserID {
  fileprivate init?(_ claimant: DocumentID) {
    guard claimant.kind == .user else { return nil }
    self.init(org: claimant.org, name: claimant.name)
  }
}
