import KubernetesModel

/// One manifest of each kind, with every field set that can stand beside the others.
enum SampleManifests {
  static let all: [any Manifest] = [
    namespace, resourceQuota, limitRange, networkPolicy, roleBinding, secret, service, podDisruptionBudget, deployment,
    podMonitor, kustomization,
  ]

  static let namespace = Namespace(
    metadata: ObjectMeta(
      name: "wpex-acme",
      labels: ["wpex.io/org": "acme", "pod-security.kubernetes.io/enforce": "restricted"],
      annotations: ["wpex.io/source": "orgs/acme/org.yaml:1"]))

  static let resourceQuota = ResourceQuota(
    metadata: meta("limits"),
    spec: .init(hard: ["requests.cpu": "4", "pods": "20", "limits.memory": "8Gi", "count/deployments.apps": "10"]))

  static let limitRange = LimitRange(
    metadata: meta("limits"),
    spec: .init(limits: [
      .init(
        type: .container, default: ["cpu": "500m", "memory": "128Mi"], defaultRequest: ["cpu": "100m"],
        max: ["cpu": "2"], min: ["cpu": "10m"], maxLimitRequestRatio: ["cpu": "8"])
    ]))

  static let networkPolicy = NetworkPolicy(
    metadata: meta("milan-1"),
    spec: .init(
      podSelector: LabelSelector(
        matchLabels: ["wpex.io/relay": "milan-1"],
        matchExpressions: [.init(key: "wpex.io/state", operator: .isNotIn, values: ["stopped"])]),
      policyTypes: [.ingress, .egress],
      ingress: [
        .init(ports: [.init(protocol: .udp, port: 51820)]),
        .init(
          from: [
            .init(podSelector: LabelSelector(), namespaceSelector: LabelSelector(matchLabels: ["name": "monitoring"]))
          ],
          ports: [.init(protocol: .tcp, port: "http")]),
      ],
      egress: [
        .init(
          to: [.init(ipBlock: .init(cidr: "0.0.0.0/0", except: ["169.254.0.0/16"]))],
          ports: [.init(protocol: .udp, port: 1024, endPort: 65535)])
      ]))

  static let roleBinding = RoleBinding(
    metadata: meta("engineers"),
    roleRef: .init(kind: .clusterRole, name: "wpex-engineer"),
    subjects: [
      .user("ada@example.com"), .group("acme:engineers"), .serviceAccount("deployer", namespace: "wpex-acme"),
    ])

  static let secret = Secret(
    metadata: meta("milan-1-keys"), immutable: false,
    data: ["bundle.age": .init("age-encryption.org/v1\n".utf8), "empty": .init([])])

  static let service = Service(
    metadata: meta("milan-1"),
    spec: .init(
      type: .nodePort, selector: ["wpex.io/relay": "milan-1"],
      ports: [.init(name: "relay", protocol: .udp, port: 51820, targetPort: "relay", nodePort: 31820)],
      externalTrafficPolicy: .local, ipFamilyPolicy: .preferDualStack))

  static let podDisruptionBudget = PodDisruptionBudget(
    metadata: meta("milan-1"),
    spec: .init(maxUnavailable: 1, selector: LabelSelector(matchLabels: ["wpex.io/relay": "milan-1"])))

  static let podMonitor = PodMonitor(
    metadata: meta("milan-1"),
    spec: .init(
      jobLabel: "wpex.io/relay", podTargetLabels: ["wpex.io/org"],
      selector: LabelSelector(matchLabels: ["wpex.io/relay": "milan-1"]),
      podMetricsEndpoints: [.init(port: "http", path: "/metrics", interval: "30s", scrapeTimeout: "10s")]))

  static let kustomization = Kustomization(
    metadata: ObjectMeta(name: "wpex-acme", annotations: ["config.kubernetes.io/local-config": "true"]),
    resources: ["namespace.yaml", "milan-1.yaml"])

  static func meta(_ name: String) -> ObjectMeta {
    ObjectMeta(name: name, namespace: "wpex-acme", labels: ["wpex.io/org": "acme"])
  }
}
