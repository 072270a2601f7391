/// `apps/v1` Deployment.
package struct Deployment: Manifest {
  package struct Spec: Encodable, Sendable {
    package var replicas: Int
    package var revisionHistoryLimit: Int
    package var strategy: Strategy
    package var selector: LabelSelector
    package var template: PodTemplate

    package init(
      replicas: Int, revisionHistoryLimit: Int = 2, strategy: Strategy, selector: LabelSelector, template: PodTemplate
    ) {
      self.replicas = replicas
      self.revisionHistoryLimit = revisionHistoryLimit
      self.strategy = strategy
      self.selector = selector
      self.template = template
    }
  }
  package struct Strategy: Encodable, Sendable {
    package var type: String
    package var rollingUpdate: RollingUpdate?

    /// One pod more while it starts, none less.
    package static let surge = Strategy(
      type: "RollingUpdate", rollingUpdate: RollingUpdate(maxSurge: 1, maxUnavailable: 0))
    /// The old pod goes first: two cannot hold one port of a node.
    package static let recreate = Strategy(type: "Recreate", rollingUpdate: nil)
  }
  package struct RollingUpdate: Encodable, Sendable {
    package var maxSurge: Int
    package var maxUnavailable: Int
  }

  package let apiVersion = "apps/v1"
  package let kind = "Deployment"
  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }
}

package struct PodTemplate: Encodable, Sendable {
  package struct Metadata: Encodable, Sendable {
    package var labels: [String: String]
    package var annotations: [String: String]?

    package init(labels: [String: String], annotations: [String: String]? = nil) {
      self.labels = labels
      self.annotations = annotations
    }
  }

  package var metadata: Metadata
  package var spec: PodSpec

  package init(metadata: Metadata, spec: PodSpec) {
    self.metadata = metadata
    self.spec = spec
  }
}

package struct PodSpec: Encodable, Sendable {
  package var automountServiceAccountToken = false
  package var enableServiceLinks = false
  package var securityContext: PodSecurityContext
  package var nodeSelector: [String: String]?
  package var topologySpreadConstraints: [TopologySpreadConstraint]?
  /// Seconds.
  package var terminationGracePeriodSeconds: Int
  package var containers: [Container]
  package var volumes: [Volume]

  package init(
    securityContext: PodSecurityContext, nodeSelector: [String: String]? = nil,
    topologySpreadConstraints: [TopologySpreadConstraint]? = nil, terminationGracePeriodSeconds: Int,
    containers: [Container], volumes: [Volume]
  ) {
    self.securityContext = securityContext
    self.nodeSelector = nodeSelector
    self.topologySpreadConstraints = topologySpreadConstraints
    self.terminationGracePeriodSeconds = terminationGracePeriodSeconds
    self.containers = containers
    self.volumes = volumes
  }
}

package struct PodSecurityContext: Encodable, Sendable {
  package struct Sysctl: Encodable, Sendable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  package var runAsNonRoot = true
  package var runAsUser: Int
  package var runAsGroup: Int
  package var fsGroup: Int
  package var seccompProfile = SeccompProfile()
  package var sysctls: [Sysctl]?

  package init(user: Int, sysctls: [Sysctl]? = nil) {
    runAsUser = user
    runAsGroup = user
    fsGroup = user
    self.sysctls = sysctls
  }
}

package struct SeccompProfile: Encodable, Sendable {
  package var type = "RuntimeDefault"
}

package struct TopologySpreadConstraint: Encodable, Sendable {
  package var maxSkew = 1
  package var topologyKey: String
  package var whenUnsatisfiable = "ScheduleAnyway"
  package var labelSelector: LabelSelector

  package init(topologyKey: String, labelSelector: LabelSelector) {
    self.topologyKey = topologyKey
    self.labelSelector = labelSelector
  }
}

package struct Container: Encodable, Sendable {
  package struct Port: Encodable, Sendable {
    package var name: String
    package var containerPort: Int
    package var hostPort: Int?
    package var `protocol`: String

    package init(name: String, containerPort: Int, hostPort: Int? = nil, protocol: String) {
      self.name = name
      self.containerPort = containerPort
      self.hostPort = hostPort
      self.protocol = `protocol`
    }
  }
  package struct Resources: Encodable, Sendable {
    package var requests: [String: String]
    package var limits: [String: String]

    package init(requests: [String: String], limits: [String: String]) {
      self.requests = requests
      self.limits = limits
    }
  }
  package struct Probe: Encodable, Sendable {
    package struct HTTPGet: Encodable, Sendable {
      package var path: String
      package var port: PortReference
    }

    package var httpGet: HTTPGet
    /// Seconds.
    package var periodSeconds: Int
    package var failureThreshold: Int

    package init(path: String, port: String, periodSeconds: Int, failureThreshold: Int) {
      httpGet = HTTPGet(path: path, port: .name(port))
      self.periodSeconds = periodSeconds
      self.failureThreshold = failureThreshold
    }
  }
  /// What the Pod Security Standard "restricted" asks of a container, and a root file system that nobody writes.
  package struct SecurityContext: Encodable, Sendable {
    package struct Capabilities: Encodable, Sendable {
      package var drop = ["ALL"]
    }

    package var allowPrivilegeEscalation = false
    package var readOnlyRootFilesystem = true
    package var runAsNonRoot = true
    package var capabilities = Capabilities()
    package var seccompProfile = SeccompProfile()

    package init() {}
  }
  package struct VolumeMount: Encodable, Sendable {
    package var name: String
    package var mountPath: String
    package var readOnly: Bool?

    package init(name: String, mountPath: String, readOnly: Bool? = nil) {
      self.name = name
      self.mountPath = mountPath
      self.readOnly = readOnly
    }
  }

  package var name: String
  package var image: String
  package var args: [String]
  package var ports: [Port]
  package var livenessProbe: Probe
  package var readinessProbe: Probe
  package var resources: Resources
  package var securityContext = SecurityContext()
  package var volumeMounts: [VolumeMount]

  package init(
    name: String, image: String, args: [String], ports: [Port], livenessProbe: Probe, readinessProbe: Probe,
    resources: Resources, volumeMounts: [VolumeMount]
  ) {
    self.name = name
    self.image = image
    self.args = args
    self.ports = ports
    self.livenessProbe = livenessProbe
    self.readinessProbe = readinessProbe
    self.resources = resources
    self.volumeMounts = volumeMounts
  }
}

package struct Volume: Encodable, Sendable {
  package struct SecretSource: Encodable, Sendable {
    package var secretName: String
    /// An octal mode is written in decimal, as JSON knows no other.
    package var defaultMode: Int
    package var optional: Bool?
  }
  package struct EmptyDirectory: Encodable, Sendable {
    package var medium: String
    package var sizeLimit: String
  }

  package var name: String
  package var secret: SecretSource?
  package var emptyDir: EmptyDirectory?

  package static func secret(_ name: String, secret: String, isOptional: Bool? = nil) -> Volume {
    Volume(
      name: name, secret: SecretSource(secretName: secret, defaultMode: 0o440, optional: isOptional), emptyDir: nil)
  }
  package static func memory(_ name: String, sizeLimit: String) -> Volume {
    Volume(name: name, secret: nil, emptyDir: EmptyDirectory(medium: "Memory", sizeLimit: sizeLimit))
  }
}
