/// `v1` Namespace.
package struct Namespace: Manifest {
  package let apiVersion = "v1"
  package let kind = "Namespace"
  package var metadata: ObjectMeta

  package init(metadata: ObjectMeta) { self.metadata = metadata }
}

/// `v1` ResourceQuota.
package struct ResourceQuota: Manifest {
  package struct Spec: Encodable, Sendable {
    package var hard: [String: String]
  }

  package let apiVersion = "v1"
  package let kind = "ResourceQuota"
  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, hard: [String: String]) {
    self.metadata = metadata
    spec = Spec(hard: hard)
  }
}

/// `v1` LimitRange for containers.
package struct LimitRange: Manifest {
  package struct Spec: Encodable, Sendable {
    package var limits: [Item]
  }
  package struct Item: Encodable, Sendable {
    package var type = "Container"
    package var `default`: [String: String]
    package var defaultRequest: [String: String]
  }

  package let apiVersion = "v1"
  package let kind = "LimitRange"
  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, limits: [String: String], requests: [String: String]) {
    self.metadata = metadata
    spec = Spec(limits: [Item(default: limits, defaultRequest: requests)])
  }
}

/// `rbac.authorization.k8s.io/v1` RoleBinding.
package struct RoleBinding: Manifest {
  package struct RoleReference: Encodable, Sendable {
    package var apiGroup = "rbac.authorization.k8s.io"
    package var kind: String
    package var name: String
  }
  package struct Subject: Encodable, Sendable {
    package var apiGroup = "rbac.authorization.k8s.io"
    package var kind: String
    package var name: String

    package init(user name: String) {
      kind = "User"
      self.name = name
    }
  }

  package let apiVersion = "rbac.authorization.k8s.io/v1"
  package let kind = "RoleBinding"
  package var metadata: ObjectMeta
  package var roleRef: RoleReference
  package var subjects: [Subject]

  package init(metadata: ObjectMeta, clusterRole: String, subjects: [Subject]) {
    self.metadata = metadata
    roleRef = RoleReference(kind: "ClusterRole", name: clusterRole)
    self.subjects = subjects
  }
}

/// `v1` Secret of opaque data.
package struct Secret: Manifest {
  package let apiVersion = "v1"
  package let kind = "Secret"
  package var metadata: ObjectMeta
  package var type = "Opaque"
  /// Values in base64.
  package var data: [String: String]

  package init(metadata: ObjectMeta, data: [String: String]) {
    self.metadata = metadata
    self.data = data
  }
}

/// `policy` PodDisruptionBudget: v1 from Kubernetes 1.21 on, v1beta1 before.
package struct PodDisruptionBudget: Manifest {
  package struct Spec: Encodable, Sendable {
    package var minAvailable: Int
    package var selector: LabelSelector
  }

  package let apiVersion: String
  package let kind = "PodDisruptionBudget"
  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, minAvailable: Int, selector: LabelSelector, version: KubernetesVersion) {
    apiVersion = version < KubernetesVersion(major: 1, minor: 21) ? "policy/v1beta1" : "policy/v1"
    self.metadata = metadata
    spec = Spec(minAvailable: minAvailable, selector: selector)
  }
}

/// `monitoring.coreos.com/v1` PodMonitor of the Prometheus operator.
package struct PodMonitor: Manifest {
  package struct Spec: Encodable, Sendable {
    package var selector: LabelSelector
    package var podMetricsEndpoints: [Endpoint]
  }
  package struct Endpoint: Encodable, Sendable {
    package var port: String
    package var path: String
  }

  package let apiVersion = "monitoring.coreos.com/v1"
  package let kind = "PodMonitor"
  package var metadata: ObjectMeta
  package var spec: Spec

  package init(metadata: ObjectMeta, selector: LabelSelector, port: String, path: String) {
    self.metadata = metadata
    spec = Spec(selector: selector, podMetricsEndpoints: [Endpoint(port: port, path: path)])
  }
}

/// `kustomize.config.k8s.io/v1beta1` Kustomization, which has no metadata of its own.
package struct Kustomization: Encodable, Sendable {
  package let apiVersion = "kustomize.config.k8s.io/v1beta1"
  package let kind = "Kustomization"
  package var resources: [String]

  package init(resources: [String]) { self.resources = resources }
}
