package import ChangeSet
package import ConfigCompiler
package import ConfigModel
import ConfigSchema

/// A rule: a kind of change and its requirement.
package struct AuthorityRule: Sendable {
  /// The kind of change.
  package let subject: Subject
  /// The requirement.
  package let need: Need

  /// Kinds of change.
  package enum Subject: Sendable {
    /// A change of a document.
    case document(Kind, Occasion)
    /// A change of a path without a change of a document, by reason and by what is allowed there; no roles mean any
    /// path.
    case path([PathChange.Reason], [PathRole])
  }

  /// Occasions on which a document changes.
  package enum Occasion: Sendable, Equatable {
    /// Any change.
    case any
    /// Added with `status: pending`; for an organization, in a new folder.
    case joining
    /// Added with a certain status; with nil, any status that no earlier rule covers.
    case added(MemberStatus?)
    case removed
    /// The status becomes `active`.
    case approved
    /// The relay takes more of the provider's cluster than the platform offers to tenants, and more than it had.
    case takingMore
    /// One of these fields, or a part of one, changes.
    case changed([String])
  }

  /// Requirements for the actor, evaluated with the users and roles of the base commit.
  package enum Need: Sendable, Equatable {
    /// No requirement.
    case nothing
    /// A permission in the organization concerned, or a global one.
    case permission(Permission)
    /// A permission from a global role.
    case everywhere(Permission)
    /// A permission for users, and strictly more permissions than the user concerned has and would have.
    case greaterThanUser([Permission])
    /// The same, but not for the actor's own document.
    case greaterThanUserOrOneself([Permission])
    /// `roles:write`, and every permission that the role has and would have.
    case permissionsOfRole
    /// Every permission.
    case everything

    /// The permissions that the requirement names.
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
  /// Returns the rule for a change of a document, or of one of its fields; nil if no rule covers it.
  ///
  /// - Parameters:
  ///   - field: the changed field; nil if the document is added or removed.
  ///   - isNewFolder: whether the base lacks the organization's folder.
  ///   - platform: the base's platform.
  static func rule(
    for change: DocumentChange, field: FieldPath?, isNewFolder: Bool, platform: PlatformSpec?
  ) -> AuthorityRule? {
    all.first { rule in
      guard case .document(change.id.kind, let occasion) = rule.subject else { return false }
      return occasion.covers(change, field, isNewFolder: isNewFolder, platform)
    }
  }

  /// Returns the rule for a change of a path; nil if no rule covers it.
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
      return taken.contains { field.isTaken($0) }
    case .changed(let names):
      guard change.operation == .changed, let field else { return false }
      return names.contains { field.isBelow($0) }
    }
  }
}

extension FieldPath {
  /// Whether a change of the path takes a field of the provider.
  func isTaken(_ field: ProviderField) -> Bool {
    // Moving the relay to another region may also take something that the region does not offer.
    isBelow(field.path)
      || [.exposure, .service, .dns].contains(field) && (isBelow("spec.region") || isBelow("spec.regions"))
  }

  /// Whether the path is a field, or a part of it; positions in lists are ignored.
  fileprivate func isBelow(_ name: String) -> Bool {
    let names = elements.compactMap { element in
      if case .field(let name) = element { name } else { nil }
    }
    return names.starts(with: name.split(separator: ".").map(String.init))
  }
}
