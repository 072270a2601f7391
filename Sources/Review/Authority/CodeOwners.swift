import ChangeSet
package import ConfigCompiler
import ConfigModel

/// A CODEOWNERS file that requests reviews from the users who may make a change. It adds a second check at the forge,
/// coarser than the rules because it only knows paths.
package struct CodeOwners: Sendable {
  /// Forges with CODEOWNERS files.
  package enum Forge: String, Sendable, CaseIterable {
    case github
    case gitlab

    /// The path that wpex writes.
    package var path: String { ".\(rawValue)/CODEOWNERS" }

    /// All paths that the forge reads, in order; the first file found is used.
    package var paths: [String] {
      switch self {
      case .github: [path, "CODEOWNERS", "docs/CODEOWNERS"]
      // GitLab reads its own folder last.
      case .gitlab: ["CODEOWNERS", "docs/CODEOWNERS", path]
      }
    }
  }

  /// An error: no user could review files that no specific line covers.
  package struct NoOwner: Error, CustomStringConvertible {
    let forge: Forge

    package var description: String {
      "no active user with `platform:write` has `identities.\(forge.rawValue)`: without one, anybody could change what "
        + "no line is about"
    }
  }

  private let compilation: Compilation
  private let forge: Forge
  private let prefix: String
  private var lines: [(pattern: String, owners: [String])] = []

  /// Composes the file.
  ///
  /// - Parameter prefix: the config repository's folder in its Git repository, with a trailing `/`; empty for the root.
  /// - Throws: `NoOwner` if no platform administrator has an account at the forge.
  package init(of compilation: Compilation, for forge: Forge, below prefix: String = "") throws(NoOwner) {
    self.compilation = compilation
    self.prefix = prefix
    self.forge = forge
    let platform = owners(of: [.path([.unread], [])], in: nil)
    guard !platform.isEmpty else { throw NoOwner(forge: forge) }
    lines = [("*", platform)]
    add("/platform.yaml", [.document(.platform, .any)], in: nil)
    add("/roles/", [.document(.role, .any)], in: nil)
    add("/users/", Self.users, in: nil)
    add("/orgs/", [.document(.organization, .removed)], in: nil)
    let organizations = lines.first { $0.pattern == "/orgs/" }?.owners ?? platform
    for unit in compilation.units {
      let folder = "/orgs/\(unit.name)"
      add("\(folder)/users/", Self.users, in: unit.name, unless: organizations)
      add("\(folder)/keys/", [.document(.key, .any)], in: unit.name, unless: organizations)
      add("\(folder)/relays/", [.document(.relay, .any)], in: unit.name, unless: organizations)
    }
  }

  /// The file's content.
  package var text: String {
    "# Written by `wpex codeowners`: the accounts of those who may make a change, by path. The rules, which know\n"
      + "# fields too, are those of `wpex check`.\n"
      + lines.map { "\(written($0.pattern)) \($0.owners.joined(separator: " "))\n" }.joined()
  }

  /// Returns a pattern relative to the root of the Git repository. Folders outside the config repository are not
  /// covered.
  private func written(_ pattern: String) -> String {
    if prefix.isEmpty { return pattern }
    // An unescaped blank would end the pattern.
    let prefix = prefix.split(separator: " ", omittingEmptySubsequences: false).joined(separator: "\\ ")
    return pattern == "*" ? "/\(prefix)" : "/\(prefix)\(pattern.dropFirst())"
  }

  private static let users: [AuthorityRule.Subject] = [
    .document(.user, .removed), .document(.user, .approved),
  ]

  /// Adds a line unless it has no owners: such a line would require no review, so the preceding one remains in force.
  private mutating func add(
    _ pattern: String, _ subjects: [AuthorityRule.Subject], in org: String?, unless inherited: [String]? = nil
  ) {
    let owners = owners(of: subjects, in: org)
    guard !owners.isEmpty, owners != inherited ?? lines.first?.owners else { return }
    lines.append((pattern, owners))
  }

  /// Returns the accounts of all users with every permission that the rules for the subjects require, sorted.
  private func owners(of subjects: [AuthorityRule.Subject], in org: String?) -> [String] {
    let needs = subjects.compactMap { subject in AuthorityRule.all.first { $0.subject.isSame(as: subject) }?.need }
    guard needs.count == subjects.count else { return [] }
    var accounts: [String] = []
    func add(_ user: Declared<UserSpec>, _ id: UserID) {
      guard let account = forge == .github ? user.spec.identities.github : user.spec.identities.gitlab,
        compilation.isActive(id),
        compilation.holds(id, forge == .github ? .github(account.lowercased()) : .gitlab(account.lowercased()))
      else { return }
      let rights = compilation.rights(of: id)
      let isAllowed = needs.allSatisfy { need in
        need.permissions.allSatisfy { rights.allow($0, in: need.isPlatformWide ? nil : org) }
      }
      if isAllowed { accounts.append("@\(account)") }
    }
    for user in compilation.platform.users { add(user, UserID(org: nil, name: user.name)) }
    if let org {
      for user in compilation.unit(named: org)?.users ?? [] { add(user, UserID(org: org, name: user.name)) }
    }
    return accounts.sorted()
  }
}

extension AuthorityRule.Subject {
  /// Whether both subjects are the same kind and occasion, or the same kind of path.
  fileprivate func isSame(as other: AuthorityRule.Subject) -> Bool {
    switch (self, other) {
    case (.document(let kind, let occasion), .document(let otherKind, let otherOccasion)):
      kind == otherKind && occasion == otherOccasion
    case (.path(let reasons, _), .path(let otherReasons, _)): otherReasons.allSatisfy(reasons.contains)
    default: false
    }
  }
}
