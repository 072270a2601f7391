/// A RoleBinding, which grants the permissions of a role to subjects within one namespace.
package struct RoleBinding: Manifest, Equatable {
  package static let apiVersion = "rbac.authorization.k8s.io/v1"
  package static let kind = "RoleBinding"
  /// API group of users, groups and roles.
  package static let apiGroup = "rbac.authorization.k8s.io"

  package var metadata: ObjectMeta
  /// The role; immutable once the object exists, so another role needs another binding.
  package var roleRef: RoleRef
  /// Users, groups and service accounts that get the role.
  package var subjects: [Subject]

  package init(metadata: ObjectMeta, roleRef: RoleRef, subjects: [Subject]) {
    self.metadata = metadata
    self.roleRef = roleRef
    self.subjects = subjects
  }

  /// Reference to a role.
  package struct RoleRef: Encodable, Sendable, Equatable {
    /// Kind of the role.
    package enum Kind: String, Encodable, Sendable {
      case clusterRole = "ClusterRole"
      case role = "Role"
    }

    package let apiGroup = RoleBinding.apiGroup
    /// Kind of the role.
    package var kind: Kind
    /// Name of the role.
    package var name: String

    package init(kind: Kind, name: String) {
      self.kind = kind
      self.name = name
    }
  }

  /// A user, group or service account.
  package struct Subject: Encodable, Sendable, Equatable {
    /// `User`, `Group` or `ServiceAccount`.
    package let kind: String
    /// API group of the subject; nil for service accounts, which belong to the core group.
    package let apiGroup: String?
    /// Name of the subject.
    package let name: String
    /// Namespace of a service account; nil for users and groups.
    package let namespace: String?

    /// Returns the user called `name`.
    package static func user(_ name: String) -> Subject {
      Subject(kind: "User", apiGroup: RoleBinding.apiGroup, name: name, namespace: nil)
    }

    /// Returns the group called `name`.
    package static func group(_ name: String) -> Subject {
      Subject(kind: "Group", apiGroup: RoleBinding.apiGroup, name: name, namespace: nil)
    }

    /// Returns the service account called `name` in `namespace`.
    package static func serviceAccount(_ name: String, namespace: String) -> Subject {
      Subject(kind: "ServiceAccount", apiGroup: nil, name: name, namespace: namespace)
    }
  }
}
