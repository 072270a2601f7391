package import ConfigCompiler
import ConfigModel

/// Identity of a user at an OpenID Connect issuer.
///
/// Never an e-mail address, because those change owners.
package struct Identity: Sendable, Hashable {
  /// Issuer identifier, an https URL.
  package let issuer: String
  /// Subject within the issuer (`sub`).
  package let subject: String

  /// Creates an identity.
  package init(issuer: String, subject: String) {
    self.issuer = issuer
    self.subject = subject
  }
}

/// Maps identities to users of the repository, as declared in one compilation.
///
/// Pending users are ignored: anyone can propose a user with any identity, and such a proposal must not shadow the user
/// who already has it.
package struct IdentityDirectory: Sendable {
  /// Users who declare an identity.
  private enum Holder {
    case one(UserID)
    case several

    var user: UserID? {
      guard case .one(let user) = self else { return nil }
      return user
    }
  }

  private var active: [Identity: Holder] = [:]
  /// Users who are disabled or whose organization is not active; they are refused by name.
  private var inactive: [Identity: Holder] = [:]

  /// Creates the directory of a compilation.
  ///
  /// - Complexity: O(users).
  package init(_ compilation: Compilation) {
    add(compilation.platform.users, org: nil, .active)
    for unit in compilation.units {
      guard let status = unit.organization?.spec.status, status != .pending else { continue }
      add(unit.users, org: unit.name, status)
    }
    // If several users declare an identity, it stays with the one who had it first, as far as the history shows.
    let holders = compilation.subjects
    for (identity, holder) in active where holder.user == nil {
      let subject = OIDCIdentity(issuer: identity.issuer, subject: identity.subject)
      if let user = holders[subject], compilation.isActive(user) { active[identity] = .one(user) }
    }
  }

  /// Adds users of the platform or of an organization.
  ///
  /// - Parameter status: status of the organization.
  private mutating func add(_ declared: [Declared<UserSpec>], org: String?, _ status: MemberStatus) {
    for user in declared where user.spec.status != .pending {
      let isActive = user.spec.status == .active && status == .active
      for oidc in user.spec.identities.oidc {
        let identity = Identity(issuer: oidc.issuer, subject: oidc.subject)
        let id = UserID(org: org, name: user.name)
        if isActive {
          active[identity] = Self.adding(id, to: active[identity])
        } else {
          inactive[identity] = Self.adding(id, to: inactive[identity])
        }
      }
    }
  }

  /// Returns the holder after adding a user.
  ///
  /// An identity that two users declare, which the compiler reports, admits neither.
  private static func adding(_ user: UserID, to holder: Holder?) -> Holder {
    holder == nil || holder?.user == user ? .one(user) : .several
  }

  /// Returns the user who declares an identity: an active one, or else an inactive one, so that the refusal can name
  /// the user.
  ///
  /// Nil if nobody declares it, or if it is ambiguous.
  package func user(_ identity: Identity) -> UserID? {
    guard let holder = active[identity] else { return inactive[identity]?.user }
    return holder.user
  }
}
