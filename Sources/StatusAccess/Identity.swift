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
package struct IdentityDirectory: Sendable {
  private var users: [Identity: UserID] = [:]

  /// - Complexity: linear in the number of users.
  package init(_ compilation: Compilation) {
    add(compilation.platform.users, org: nil)
    for unit in compilation.units { add(unit.users, org: unit.name) }
  }

  private mutating func add(_ declared: [Declared<UserSpec>], org: String?) {
    for user in declared {
      for oidc in user.spec.identities.oidc {
        let identity = Identity(issuer: oidc.issuer, subject: oidc.subject)
        // The compiler reports an identity that two users have; nobody is let in by it.
        users[identity] =
          ambiguous.contains(identity) || users[identity] != nil ? nil : UserID(org: org, name: user.name)
        if users[identity] == nil { ambiguous.insert(identity) }
      }
    }
  }

  private var ambiguous: Set<Identity> = []

  /// The user, whatever its status; nil where nobody, or more than one, declares the identity.
  package func user(_ identity: Identity) -> UserID? { users[identity] }
}
