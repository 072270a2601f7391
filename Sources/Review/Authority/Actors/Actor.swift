package import ConfigCompiler
import ConfigModel

/// Whoever makes a change, by the users and roles of the base commit.
package struct Actor: Sendable, Equatable {
  /// How the actor was named, to be shown.
  package let name: String
  /// What the actor may do; nil for everybody who is not an active user there.
  package let rights: Rights?

  package init(name: String, rights: Rights?) {
    self.name = name
    self.rights = rights
  }

  /// - Parameter base: the commit before the change; where the change stands on an older one, the newest.
  package init(_ account: Account, in base: Compilation) {
    guard let owner = base.owner(of: account) else {
      self.init(name: "\(account)", rights: nil)
      return
    }
    self.init(name: "\(owner)", rights: base.rights(of: owner))
  }

  func may(_ permission: Permission, in org: String?) -> Bool { rights?.allow(permission, in: org) ?? false }

  /// All that the actor may do in an organization; nil stands for the platform as a whole.
  func permissions(in org: String?) -> Set<Permission> { Set(Permission.allCases.filter { may($0, in: org) }) }
}
