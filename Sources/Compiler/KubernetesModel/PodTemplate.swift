/// What every pod of a deployment is made from.
package struct PodTemplate: Encodable, Sendable, Equatable {
  package var metadata: Metadata
  package var spec: PodSpec

  package init(metadata: Metadata, spec: PodSpec) {
    self.metadata = metadata
    self.spec = spec
  }

  /// The metadata of a template, which has no name: each pod gets one of its own.
  package struct Metadata: Encodable, Sendable, Equatable {
    package var labels: [String: String]
    package var annotations: [String: String]

    package init(labels: [String: String], annotations: [String: String] = [:]) {
      self.labels = labels
      self.annotations = annotations
    }
  }
}

/// Containers that run together on one node.
package struct PodSpec: Encodable, Sendable, Equatable {
  package var serviceAccountName: String?
  /// Whether the pod gets a token for the API server; nil leaves it to the service account.
  package var automountServiceAccountToken: Bool?
  /// Whether every service of the namespace becomes environment variables; nil means yes.
  package var enableServiceLinks: Bool?
  /// The time in seconds from SIGTERM to SIGKILL; nil leaves it at 30.
  package var terminationGracePeriodSeconds: Int?
  package var imagePullSecrets: [SecretReference]
  package var nodeSelector: [String: String]
  package var tolerations: [Toleration]
  package var topologySpreadConstraints: [TopologySpreadConstraint]
  package var securityContext: PodSecurityContext?
  package var containers: [Container]
  package var volumes: [Volume]

  package init(
    serviceAccountName: String? = nil, automountServiceAccountToken: Bool? = nil, enableServiceLinks: Bool? = nil,
    terminationGracePeriodSeconds: Int? = nil, imagePullSecrets: [SecretReference] = [],
    nodeSelector: [String: String] = [:], tolerations: [Toleration] = [],
    topologySpreadConstraints: [TopologySpreadConstraint] = [], securityContext: PodSecurityContext? = nil,
    containers: [Container], volumes: [Volume] = []
  ) {
    self.serviceAccountName = serviceAccountName
    self.automountServiceAccountToken = automountServiceAccountToken
    self.enableServiceLinks = enableServiceLinks
    self.terminationGracePeriodSeconds = terminationGracePeriodSeconds
    self.imagePullSecrets = imagePullSecrets
    self.nodeSelector = nodeSelector
    self.tolerations = tolerations
    self.topologySpreadConstraints = topologySpreadConstraints
    self.securityContext = securityContext
    self.containers = containers
    self.volumes = volumes
  }

  /// A secret of the same namespace, by name.
  package struct SecretReference: Encodable, Sendable, Equatable {
    package var name: String

    package init(name: String) { self.name = name }
  }

  /// Lets a pod onto nodes that are tainted.
  package struct Toleration: Encodable, Sendable, Equatable {
    package enum Operator: String, Encodable, Sendable {
      case exists = "Exists"
      case equal = "Equal"
    }

    package enum Effect: String, Encodable, Sendable {
      case noSchedule = "NoSchedule"
      case preferNoSchedule = "PreferNoSchedule"
      case noExecute = "NoExecute"
    }

    package var key: String
    package var `operator`: Operator
    /// Only with `equal`.
    package var value: String?
    /// nil means every effect.
    package var effect: Effect?

    package init(key: String, operator: Operator, value: String? = nil, effect: Effect? = nil) {
      self.key = key
      self.operator = `operator`
      self.value = value
      self.effect = effect
    }
  }

  /// How evenly pods stand in the domains that a label of nodes makes.
  package struct TopologySpreadConstraint: Encodable, Sendable, Equatable {
    package enum Unsatisfiable: String, Encodable, Sendable {
      case doNotSchedule = "DoNotSchedule"
      case scheduleAnyway = "ScheduleAnyway"
    }

    /// By how many pods two domains may differ, at least one.
    package var maxSkew: Int
    /// The label of nodes, as in `topology.kubernetes.io/zone`.
    package var topologyKey: String
    package var whenUnsatisfiable: Unsatisfiable
    package var labelSelector: LabelSelector

    package init(
      maxSkew: Int, topologyKey: String, whenUnsatisfiable: Unsatisfiable, labelSelector: LabelSelector
    ) {
      self.maxSkew = maxSkew
      self.topologyKey = topologyKey
      self.whenUnsatisfiable = whenUnsatisfiable
      self.labelSelector = labelSelector
    }
  }
}
