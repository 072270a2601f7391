/// Restrictions of all containers of a pod.
package struct PodSecurityContext: Encodable, Sendable, Equatable {
  /// Whether the kubelet refuses to start a container as root.
  package var runAsNonRoot: Bool?
  /// User ID of all processes; nil for the image's.
  package var runAsUser: Int?
  /// Group ID of all processes; nil for the image's.
  package var runAsGroup: Int?
  /// ID of the group that owns the volumes' files.
  package var fsGroup: Int?
  /// Filter of system calls.
  package var seccompProfile: SeccompProfile?
  /// Kernel parameters to set.
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

  /// A kernel parameter in the pod's own namespaces.
  package struct Sysctl: Encodable, Sendable, Equatable {
    /// Name, such as `net.ipv4.ping_group_range`.
    package var name: String
    /// Value as text.
    package var value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }
}

/// A filter of a container's system calls.
package struct SeccompProfile: Encodable, Sendable, Equatable {
  /// Type of the profile.
  package let type: String

  /// The container runtime's default profile.
  package static let runtimeDefault = SeccompProfile(type: "RuntimeDefault")
}

/// Restrictions of one container.
package struct SecurityContext: Encodable, Sendable, Equatable {
  /// Whether a process may gain more privileges than its parent, for example with a set-user-ID program.
  package var allowPrivilegeEscalation: Bool?
  /// Whether the container cannot write to its root file system.
  package var readOnlyRootFilesystem: Bool?
  /// Changes to the container's capabilities.
  package var capabilities: Capabilities?

  package init(
    allowPrivilegeEscalation: Bool? = nil, readOnlyRootFilesystem: Bool? = nil, capabilities: Capabilities? = nil
  ) {
    self.allowPrivilegeEscalation = allowPrivilegeEscalation
    self.readOnlyRootFilesystem = readOnlyRootFilesystem
    self.capabilities = capabilities
  }

  /// Linux capabilities, without the prefix `CAP_`.
  package struct Capabilities: Encodable, Sendable, Equatable {
    /// Capabilities to add.
    package var add: [String]
    /// Capabilities to remove.
    package var drop: [String]

    package init(add: [String] = [], drop: [String] = []) {
      self.add = add
      self.drop = drop
    }

    /// The removal of all capabilities.
    package static let none = Capabilities(drop: ["ALL"])
  }
}
