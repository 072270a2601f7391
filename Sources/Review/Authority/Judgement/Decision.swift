package import ChangeSet
package import ConfigModel
import ConfigSchema
package import Diagnostics

/// The decision whether a part of a change is permitted.
package struct Decision: Sendable {
  /// The part: a document with the fields that one rule covers, or a path.
  package enum Subject: Sendable {
    case document(DocumentChange, [FieldChange])
    case path(PathChange)
  }

  /// Results of a decision.
  package enum Outcome: Sendable, Equatable {
    case permitted
    /// The actor lacks these permissions.
    case lacks([Permission])
    /// The actor does not outrank the user concerned, or would grant permissions that the actor does not have.
    case notGreater
    /// Another user or organization holds this in the base and keeps it.
    case held(String)
    /// No rule covers the change, so nobody may make it.
    case uncovered
  }

  /// The part of the change.
  package let subject: Subject
  /// The rule that decided; nil if there is none.
  package let rule: AuthorityRule?
  /// The result.
  package let outcome: Outcome
  /// What the platform offers instead of what a relay takes.
  var offers: [String] = []
  /// Roles whose holders may make the change, such as `engineer` of acme.
  package let suitableRoles: [SuitableRole]

  /// Whether the actor may make the change.
  package var isPermitted: Bool { outcome == .permitted }

  /// A role that permits the change.
  package struct SuitableRole: Sendable, Equatable {
    /// The role's name.
    package let name: String
    /// The organization whose users must hold it; nil for a global role.
    package let org: String?
  }

  /// The position of the change.
  package var location: SourceLocation {
    switch subject {
    case .document(let change, let fields): fields.first?.location ?? change.location
    case .path(let change): SourceLocation(path: change.path, range: .fileStart)
    }
  }
}

extension Declaration {
  /// The status of a user or organization; nil for other kinds.
  var status: MemberStatus? {
    switch self {
    case .organization(let resource): resource.spec.status
    case .user(let resource): resource.spec.status
    case .platform, .role, .key, .relay: nil
    }
  }

  /// The roles that a user holds or requests.
  var userRoles: [String] {
    if case .user(let resource) = self { resource.spec.roles } else { [] }
  }

  /// The permissions of a role.
  var rolePermissions: [Permission] {
    if case .role(let resource) = self { resource.spec.permissions } else { [] }
  }
}
