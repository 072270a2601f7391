package import ConfigCompiler
import ConfigModel

/// The author of a change, resolved with the users and roles of the base commit.
package struct Actor: Sendable, Equatable {
  /// The display name.
  package let name: String
  /// The actor's rights; nil unless the actor is an active user of the base.
  package let rights: Rights?

  package init(name: String, rights: Rights?) {
    self.name = name
    self.rights = rights
  }

  /// Resolves an account.
  ///
  /// - Parameter base: the commit before the change; if the change is based on an older commit, the newest.
  package init(_ account: Account, in base: Compilation) {
    guard let owner = base.owner(of: account) else {
      self.init(name: "\(account)", rights: nil)
      return
    }
    self.init(name: "\(owner)", rights: base.rights(of: owner))
  }

  func may(_ permission: Permission, in org: String?) -> Bool { rights?.allow(permission, in: org) ?? false }

  /// Returns all permissions that the actor has in an organization, or, for nil, in the platform as a whole.
  func permissions(in org: String?) -> Set<Permission> { Set(Permission.allCases.filter { may($0, in: org) }) }
}
