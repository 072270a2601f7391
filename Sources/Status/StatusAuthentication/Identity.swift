package import ConfigCompiler
import ConfigModel

/// Who somebody is to an issuer. Never an e-mail address: those change hands.
package struct Identity: Sendable, Hashable {
  package let issuer: String
  package let subject: String

  package init(issuer: String, subject: String) {
    self.issuer = issuer
    self.subject = subject
  }
}

/// Which user of the repository an identity is. Made once for a compilation.
///
/// Active users alone are let in. Anybody may ask to become a user, with whatever identity: who is pending is not looked
/// at, and so never stands before somebody who has the identity.
package struct IdentityDirectory: Sendable {
  /// The users who declare an identity, if more than one does.
  private enum Holder {
    case one(UserID)
    case several

    var user: UserID? {
      guard case .one(let user) = self else { return nil }
      return user
    }
  }

  private var active: [Identity: Holder] = [:]
  /// Disabled users, and those of organizations that are not active: refused by name.
  private var inactive: [Identity: Holder] = [:]

  /// - Complexity: linear in the number of users.
  package init(_ compilation: Compilation) {
    add(compilation.platform.users, org: nil, .active)
    for unit in compilation.units {
      guard let status = unit.organization?.spec.status, status != .pending else { continue }
      add(unit.users, org: unit.name, status)
    }
    // If several declare one identity, it stays with the user who had it before, as far as the history says who that is.
    let holders = compilation.subjects
    for (identity, holder) in active where holder.user == nil {
      let subject = OIDCIdentity(issuer: identity.issuer, subject: identity.subject)
      if let user = holders[subject], compilation.isActive(user) { active[identity] = .one(user) }
    }
  }

  /// - Parameter status: the organization's.
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

  /// The compiler reports an identity that two users have; nobody is let in by it.
  private static func adding(_ user: UserID, to holder: Holder?) -> Holder {
    holder == nil || holder?.user == user ? .one(user) : .several
  }

  /// The active user who declares an identity, or where there is none, the one who did while it was active; nil where nobody
  /// does, or more than one.
  package func user(_ identity: Identity) -> UserID? {
    guard let holder = active[identity] else { return inactive[identity]?.user }
    return holder.user
  }
}
