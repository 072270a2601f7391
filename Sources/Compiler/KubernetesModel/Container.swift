/// One program of a pod.
package struct Container: Encodable, Sendable, Equatable {
  package enum PullPolicy: String, Encodable, Sendable {
    case always = "Always"
    case ifNotPresent = "IfNotPresent"
    case never = "Never"
  }

  package var name: String
  /// An image by tag or digest.
  package var image: String
  package var imagePullPolicy: PullPolicy?
  /// Replaces the image's entry point; empty leaves it.
  package var command: [String]
  /// `$(NAME)` stands for an environment variable, `$$` for a dollar sign.
  package var args: [String]
  package var env: [Variable]
  package var ports: [Port]
  package var resources: Resources?
  package var startupProbe: Probe?
  package var livenessProbe: Probe?
  package var readinessProbe: Probe?
  package var securityContext: SecurityContext?
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

  package struct Port: Encodable, Sendable, Equatable {
    /// At most 15 letters, digits and dashes.
    package var name: String
    package var containerPort: Int
    /// The port of the node itself; only one pod of a node can have it.
    package var hostPort: Int?
    package var `protocol`: PortProtocol

    package init(name: String, containerPort: Int, hostPort: Int? = nil, protocol: PortProtocol) {
      self.name = name
      self.containerPort = containerPort
      self.hostPort = hostPort
      self.protocol = `protocol`
    }
  }

  package struct Resources: Encodable, Sendable, Equatable {
    /// What the scheduler sets aside.
    package var requests: ResourceList
    /// What the container cannot exceed.
    package var limits: ResourceList

    package init(requests: ResourceList = [:], limits: ResourceList = [:]) {
      self.requests = requests
      self.limits = limits
    }
  }

  package struct VolumeMount: Encodable, Sendable, Equatable {
    /// The name of a volume of the pod.
    package var name: String
    package var mountPath: String
    package var readOnly: Bool?

    package init(name: String, mountPath: String, readOnly: Bool? = nil) {
      self.name = name
      self.mountPath = mountPath
      self.readOnly = readOnly
    }
  }
}
