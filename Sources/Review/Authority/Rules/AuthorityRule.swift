package import ChangeSet
package import ConfigCompiler
package import ConfigModel
import ConfigSchema

/// One row of the table of who may change what: a change, and what it needs.
package struct AuthorityRule: Sendable {
  package let subject: Subject
  package let need: Need

  /// What is changed.
  package enum Subject: Sendable {
    case document(Kind, Occasion)
    /// A path that changes without a document: where it lies, and why no document tells of it.
    case path([PathChange.Reason], [PathRole])
  }

  /// What happens to a document.
  package enum Occasion: Sendable, Equatable {
    /// Whatever it is.
    case any
    /// It is added with `status: pending`; an organization in a folder of its own that was not there.
    case joining
    /// It is added with another status; nil for any that no row before it takes.
    case added(MemberStatus?)
    case removed
    /// Its status becomes `active`.
    case approved
    /// It takes of the provider's cluster what the platform does not give to every relay.
    case takingMore
    /// One of these fields changes, or something below it.
    case changed([String])
  }

  /// What somebody must have, by the users and roles of the base commit.
  package enum Need: Sendable, Equatable {
    case nothing
    /// A permission in the organization concerned, or everywhere.
    case permission(Permission)
    /// A permission from a global role.
    case everywhere(Permission)
    /// A permission for users, and more rights than the user concerned has and would have.
    case greaterThanUser([Permission])
    /// The same, unless it is the user's own document.
    case greaterThanUserOrOneself([Permission])
    /// `roles:write`, and every permission that the role has and would have.
    case permissionsOfRole
    /// Every permission.
    case everything

    /// The permissions that it asks for by name.
    package var permissions: [Permission] {
      switch self {
      case .nothing: []
      case .permission(let permission), .everywhere(let permission): [permission]
      case .greaterThanUser(let permissions), .greaterThanUserOrOneself(let permissions): permissions
      case .permissionsOfRole: [.rolesWrite]
      case .everything: Permission.allCases
      }
    }
  }
}

extension AuthorityRule {
  /// The rule for a change of a document, or of one field of it; nil where no rule lets anybody do that.
  ///
  /// - Parameter field: the changed field, where the document is changed.
  /// - Parameter isNewFolder: whether the organization's folder is not there in the base.
  /// - Parameter platform: of the base.
  static func rule(
    for change: DocumentChange, field: FieldPath?, isNewFolder: Bool, platform: PlatformSpec?
  ) -> AuthorityRule? {
    all.first { rule in
      guard case .document(change.id.kind, let occasion) = rule.subject else { return false }
      return occasion.covers(change, field, isNewFolder: isNewFolder, platform)
    }
  }

  /// The rule for a path.
  static func rule(for change: PathChange) -> AuthorityRule? {
    all.first { rule in
      guard case .path(let reasons, let roles) = rule.subject else { return false }
      return reasons.contains(change.reason) && (roles.isEmpty || roles.contains(change.role))
    }
  }
}

extension AuthorityRule.Occasion {
  fileprivate func covers(
    _ change: DocumentChange, _ field: FieldPath?, isNewFolder: Bool, _ platform: PlatformSpec?
  ) -> Bool {
    switch self {
    case .any: return true
    case .joining:
      let isFree = change.id.kind != .organization || isNewFolder
      return change.operation == .added && change.head?.declaration.status == .pending && isFree
    case .added(let status):
      return change.operation == .added && (status == nil || change.head?.declaration.status == status)
    case .removed: return change.operation == .removed
    case .approved:
      return field.map { $0.isBelow("spec.status") } == true && change.head?.declaration.status == .active
    case .takingMore:
      let taken = ProviderFields.taken(by: change, from: platform)
      guard let field else { return !taken.isEmpty }
      // What another region does not give is taken by going there.
      let isMoved = taken.contains(ProviderFields.exposure) && field.isBelow("spec.region")
      return isMoved || taken.contains { field.isBelow($0) }
    case .changed(let names):
      guard change.operation == .changed, let field else { return false }
      return names.contains { field.isBelow($0) }
    }
  }
}

extension FieldPath {
  /// Whether it is the field that is written so, or lies in it; positions in lists do not count.
  fileprivate func isBelow(_ name: String) -> Bool {
    let names = elements.compactMap { element in
      if case .field(let name) = element { name } else { nil }
    }
    return names.starts(with: name.split(separator: ".").map(String.init))
  }
}
