/// A container of a pod.
package struct Container: Encodable, Sendable, Equatable {
  /// When the kubelet pulls the image.
  package enum PullPolicy: String, Encodable, Sendable {
    case always = "Always"
    case ifNotPresent = "IfNotPresent"
    case never = "Never"
  }

  /// Name, unique in the pod.
  package var name: String
  /// Image reference, by tag or digest.
  package var image: String
  /// When the image is pulled; nil means always for the tag `latest`, and otherwise only if it is missing.
  package var imagePullPolicy: PullPolicy?
  /// Replacement for the image's entry point; empty keeps it.
  package var command: [String]
  /// Arguments. `$(NAME)` is replaced by an environment variable, `$$` by a dollar sign.
  package var args: [String]
  /// Environment variables.
  package var env: [Variable]
  /// Ports that the container listens on.
  package var ports: [Port]
  /// Requests and limits; nil for the namespace's defaults.
  package var resources: Resources?
  /// Probe that must succeed before the other two begin.
  package var startupProbe: Probe?
  /// Probe whose failure restarts the container.
  package var livenessProbe: Probe?
  /// Probe whose failure removes the pod from its Services.
  package var readinessProbe: Probe?
  /// Restrictions of the container's processes.
  package var securityContext: SecurityContext?
  /// Volumes that the container sees.
  package var volumeMounts: [VolumeMount]

  package init(
    name: String, image: String, imagePullPolicy: PullPolicy? = nil, command: [String] = [], args: [String] = [],
    env: [Variable] = [], ports: [Port] = [], resources: Resources? = nil, startupProbe: Probe? = nil,
    livenessProbe: Probe? = nil, readinessProbe: Probe? = nil, securityContext: SecurityContext? = nil,
    volumeMounts: [VolumeMount] = []
  ) {
    self.name = name
    self.image = image
    self.imagePullPolicy = imagePullPolicy
    self.command = command
    self.args = args
    self.env = env
    self.ports = ports
    self.resources = resources
    self.startupProbe = startupProbe
    self.livenessProbe = livenessProbe
    self.readinessProbe = readinessProbe
    self.securityContext = securityContext
    self.volumeMounts = volumeMounts
  }

  /// A port that a container listens on.
  package struct Port: Encodable, Sendable, Equatable {
    /// At most 15 letters, digits and dashes.
    package var name: String
    /// The port inside the pod, 1 to 65535.
    package var containerPort: Int
    /// The same port on the node itself, which only one pod per node can have; nil for none.
    package var hostPort: Int?
    /// Transport protocol.
    package var `protocol`: PortProtocol

    package init(name: String, containerPort: Int, hostPort: Int? = nil, protocol: PortProtocol) {
      self.name = name
      self.containerPort = containerPort
      self.hostPort = hostPort
      self.protocol = `protocol`
    }
  }

  /// Amounts of resources for a container.
  package struct Resources: Encodable, Sendable, Equatable {
    /// Amounts that the scheduler reserves.
    package var requests: ResourceList
    /// Amounts that the container cannot exceed.
    package var limits: ResourceList

    package init(requests: ResourceList = [:], limits: ResourceList = [:]) {
      self.requests = requests
      self.limits = limits
    }
  }

  /// A volume in a container's file system.
  package struct VolumeMount: Encodable, Sendable, Equatable {
    /// Name of one of the pod's volumes.
    package var name: String
    /// Absolute path of the mount.
    package var mountPath: String
    /// Whether the container cannot write to it; nil means it can.
    package var readOnly: Bool?

    package init(name: String, mountPath: String, readOnly: Bool? = nil) {
      self.name = name
      self.mountPath = mountPath
      self.readOnly = readOnly
    }
  }
}
