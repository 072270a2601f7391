/// Gives the rights of a role to users and groups, within one namespace.
package struct RoleBinding: Manifest, Equatable {
  package static let apiVersion = "rbac.authorization.k8s.io/v1"
  package static let kind = "RoleBinding"
  /// The API group of users, groups and roles.
  package static let apiGroup = "rbac.authorization.k8s.io"

  package var metadata: ObjectMeta
  /// Cannot be changed once the object exists: another role needs another binding.
  package var roleRef: RoleRef
  package var subjects: [Subject]

  package init(metadata: ObjectMeta, roleRef: RoleRef, subjects: [Subject]) {
    self.metadata = metadata
    self.roleRef = roleRef
    self.subjects = subjects
  }

  package struct RoleRef: Encodable, Sendable, Equatable {
    package enum Kind: String, Encodable, Sendable {
      case clusterRole = "ClusterRole"
      case role = "Role"
    }

    package let apiGroup = RoleBinding.apiGroup
    package var kind: Kind
    package var name: String

    package init(kind: Kind, name: String) {
      self.kind = kind
      self.name = name
    }
  }

  package struct Subject: Encodable, Sendable, Equatable {
    package let kind: String
    /// nil for service accounts, which are of the core group.
    package let apiGroup: String?
    package let name: String
    /// Of a service account, and of nothing else.
    package let namespace: String?

    package static func user(_ name: String) -> Subject {
      Subject(kind: "User", apiGroup: RoleBinding.apiGroup, name: name, namespace: nil)
    }

    package static func group(_ name: String) -> Subject {
      Subject(kind: "Group", apiGroup: RoleBinding.apiGroup, name: name, namespace: nil)
    }

    package static func serviceAccount(_ name: String, namespace: String) -> Subject {
      Subject(kind: "ServiceAccount", apiGroup: nil, name: name, namespace: namespace)
    }
  }
}
