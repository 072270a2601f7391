/// The containers of a pod, which run together on one node.
package struct PodSpec: Encodable, Sendable, Equatable {
  /// Service account of the pod; nil means `default`.
  package var serviceAccountName: String?
  /// Whether the pod gets a token for the API server; nil leaves the choice to the service account.
  package var automountServiceAccountToken: Bool?
  /// Whether every Service of the namespace becomes environment variables; nil means yes.
  package var enableServiceLinks: Bool?
  /// Seconds between SIGTERM and SIGKILL; nil means 30.
  package var terminationGracePeriodSeconds: Int?
  /// Secrets with credentials for image registries.
  package var imagePullSecrets: [SecretReference]
  /// Labels that the node must carry.
  package var nodeSelector: [String: String]
  /// Taints of nodes that the pod tolerates.
  package var tolerations: [Toleration]
  /// How pods are spread over nodes.
  package var topologySpreadConstraints: [TopologySpreadConstraint]
  /// Restrictions of all containers.
  package var securityContext: PodSecurityContext?
  /// The containers; at least one.
  package var containers: [Container]
  /// Volumes that the containers can mount.
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

  /// Reference to a Secret in the same namespace.
  package struct SecretReference: Encodable, Sendable, Equatable {
    /// Name of the Secret.
    package var name: String

    package init(name: String) { self.name = name }
  }

  /// A toleration, which allows a pod on nodes with a certain taint.
  package struct Toleration: Encodable, Sendable, Equatable {
    /// Comparison of a taint with a toleration.
    package enum Operator: String, Encodable, Sendable {
      case exists = "Exists"
      case equal = "Equal"
    }

    /// Effect of a taint on pods without a toleration.
    package enum Effect: String, Encodable, Sendable {
      case noSchedule = "NoSchedule"
      case preferNoSchedule = "PreferNoSchedule"
      case noExecute = "NoExecute"
    }

    /// Key of the taint.
    package var key: String
    /// Whether any value matches, or only `value`.
    package var `operator`: Operator
    /// Value of the taint; only for `equal`.
    package var value: String?
    /// Effect of the taint; nil matches every effect.
    package var effect: Effect?

    package init(key: String, operator: Operator, value: String? = nil, effect: Effect? = nil) {
      self.key = key
      self.operator = `operator`
      self.value = value
      self.effect = effect
    }
  }

  /// A bound on how unevenly pods are spread over the domains that a node label defines.
  package struct TopologySpreadConstraint: Encodable, Sendable, Equatable {
    /// What the scheduler does if no node satisfies the constraint.
    package enum Unsatisfiable: String, Encodable, Sendable {
      case doNotSchedule = "DoNotSchedule"
      case scheduleAnyway = "ScheduleAnyway"
    }

    /// Maximum difference of two domains' pod counts, at least 1.
    package var maxSkew: Int
    /// Label of nodes that defines the domains, such as `topology.kubernetes.io/zone`.
    package var topologyKey: String
    /// What the scheduler does if no node satisfies the constraint.
    package var whenUnsatisfiable: Unsatisfiable
    /// The pods that are counted.
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
