package import ChangeSet
package import ConfigModel
import ConfigSchema
package import Diagnostics

/// Whether a part of a change is permitted.
package struct Decision: Sendable {
  /// A document, with those of its fields that one rule is about; or a path.
  package enum Subject: Sendable {
    case document(DocumentChange, [FieldChange])
    case path(PathChange)
  }

  package enum Outcome: Sendable, Equatable {
    case permitted
    /// Permissions that the actor lacks.
    case lacks([Permission])
    /// The actor has no more rights than the user, or would give rights that the actor does not have.
    case notGreater
    /// Somebody else has this in the base, and keeps it.
    case held(String)
    /// No rule lets anybody do that.
    case uncovered
  }

  package let subject: Subject
  /// The rule that decides; nil where there is none.
  package let rule: AuthorityRule?
  package let outcome: Outcome
  /// Roles whose holders may do it, such as `engineer` of acme.
  package let suitableRoles: [SuitableRole]

  package var isPermitted: Bool { outcome == .permitted }

  /// A role that would do.
  package struct SuitableRole: Sendable, Equatable {
    package let name: String
    /// The organization whose users must hold it; nil for a global one.
    package let org: String?
  }

  /// The changed place.
  package var location: SourceLocation {
    switch subject {
    case .document(let change, let fields): fields.first?.location ?? change.location
    case .path(let change): SourceLocation(path: change.path, range: .fileStart)
    }
  }
}

extension Declaration {
  /// Where a user or organization stands; nil for other kinds.
  var status: MemberStatus? {
    switch self {
    case .organization(let resource): resource.spec.status
    case .user(let resource): resource.spec.status
    case .platform, .role, .key, .relay: nil
    }
  }

  /// The roles that a user holds or asks for.
  var userRoles: [String] {
    if case .user(let resource) = self { resource.spec.roles } else { [] }
  }

  /// What a role permits.
  var rolePermissions: [Permission] {
    if case .role(let resource) = self { resource.spec.permissions } else { [] }
  }
}
