/// What all containers of a pod may do.
package struct PodSecurityContext: Encodable, Sendable, Equatable {
  package var runAsNonRoot: Bool?
  package var runAsUser: Int?
  package var runAsGroup: Int?
  /// The group that owns the files of volumes.
  package var fsGroup: Int?
  package var seccompProfile: SeccompProfile?
  package var sysctls: [Sysctl]

  package init(
    runAsNonRoot: Bool? = nil, runAsUser: Int? = nil, runAsGroup: Int? = nil, fsGroup: Int? = nil,
    seccompProfile: SeccompProfile? = nil, sysctls: [Sysctl] = []
  ) {
    self.runAsNonRoot = runAsNonRoot
    self.runAsUser = runAsUser
    self.runAsGroup = runAsGroup
    self.fsGroup = fsGroup
    self.seccompProfile = seccompProfile
    self.sysctls = sysctls
  }

  /// A kernel parameter of the pod's own namespaces.
  package struct Sysctl: Encodable, Sendable, Equatable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }
}

/// Which system calls a container may make.
package struct SeccompProfile: Encodable, Sendable, Equatable {
  package let type: String

  /// The container runtime's own list.
  package static let runtimeDefault = SeccompProfile(type: "RuntimeDefault")
}

/// What one container may do.
package struct SecurityContext: Encodable, Sendable, Equatable {
  /// Whether a process may gain more rights than its parent has, as by a set-user-ID program.
  package var allowPrivilegeEscalation: Bool?
  package var readOnlyRootFilesystem: Bool?
  package var capabilities: Capabilities?

  package init(
    allowPrivilegeEscalation: Bool? = nil, readOnlyRootFilesystem: Bool? = nil, capabilities: Capabilities? = nil
  ) {
    self.allowPrivilegeEscalation = allowPrivilegeEscalation
    self.readOnlyRootFilesystem = readOnlyRootFilesystem
    self.capabilities = capabilities
  }

  /// Linux capabilities without their `CAP_`.
  package struct Capabilities: Encodable, Sendable, Equatable {
    package var add: [String]
    package var drop: [String]

    package init(add: [String] = [], drop: [String] = []) {
      self.add = add
      self.drop = drop
    }

    package static let none = Capabilities(drop: ["ALL"])
  }
}
