package import ConfigModel

/// Owner of an API token, according to the repository.
package struct TokenOwner: Sendable, Equatable {
  /// The owner.
  package let user: UserID
  /// The last day on which the token is valid; nil if it never expires.
  package let expires: CivilDate?

  /// Returns whether the token is valid on `day`.
  package func isGood(on day: CivilDate) -> Bool { expires.map { day <= $0 } ?? true }
}

extension Compilation {
  /// All API tokens, by their SHA-256 in lowercase hexadecimal.
  ///
  /// A token that several users declare belongs to the earliest one, or to none. Pending users have no tokens.
  package var tokens: [String: TokenOwner] {
    var tokens: [String: TokenOwner] = [:]
    forEachMember { id, user in
      for token in user.access.tokens {
        let hash = token.sha256.lowercased()
        guard holds(id, .token(hash)) else { continue }
        // If a user declares a token twice, the earlier expiry applies.
        if let known = tokens[hash]?.expires, token.expires.map({ known <= $0 }) ?? true { continue }
        tokens[hash] = TokenOwner(user: id, expires: token.expires)
      }
    }
    return tokens
  }

  /// All subjects of OpenID Connect issuers with their users, by the same rule.
  package var subjects: [OIDCIdentity: UserID] {
    var subjects: [OIDCIdentity: UserID] = [:]
    forEachMember { id, user in
      for identity in user.identities.oidc where holds(id, .oidc(identity)) { subjects[identity] = id }
    }
    return subjects
  }

  /// Returns the user who holds a credential, whatever the user's status; nil if there is none.
  package func holder(of claim: Claim) -> UserID? {
    if let contested = holdings.claims[claim] { return contested.holder.flatMap(UserID.init) }
    var holder: UserID?
    forEachMember { id, user in
      if user.claims.contains(where: { $0.claim == claim }) { holder = id }
    }
    return holder
  }

  /// Returns whether a user who makes a claim also holds it.
  package func holds(_ id: UserID, _ claim: Claim) -> Bool {
    guard let contested = holdings.claims[claim] else { return true }
    return contested.holder.flatMap(UserID.init) == id
  }

  /// Calls `body` for every user who is not pending, and whose organization is not pending.
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
