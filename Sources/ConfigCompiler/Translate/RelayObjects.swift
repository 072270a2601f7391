import ConfigModel
import KubernetesModel
import StructuredText

/// What one relay becomes on Kubernetes, apart from its keys. A pure function of declared values.
struct RelayObjects {
  let organization: String
  let namespace: String
  let relay: Declared<RelaySpec>
  let platform: PlatformSpec
  let version: KubernetesVersion

  /// Where the relay answers HTTP inside the cluster.
  static let httpPort = 8080
  /// An ordinary user without any name in the image.
  static let user = 65_532

  private var spec: RelaySpec { relay.spec }
  private var exposure: Exposure {
    spec.exposure ?? platform.region(spec.region)?.exposure ?? .nodePort
  }
  private var declaredReplicas: Int { spec.replicas ?? platform.defaults.replicas }
  private var replicas: Int { spec.state == .running ? declaredReplicas : 0 }
  private var selector: [String: String] {
    ["app.kubernetes.io/name": "wpex-relay", "app.kubernetes.io/instance": relay.name]
  }
  var labels: [String: String] {
    selector.merging([
      "app.kubernetes.io/component": "relay", "app.kubernetes.io/managed-by": "wpex",
      "app.kubernetes.io/part-of": organization, "wpex.io/org": organization, "wpex.io/relay": relay.name,
    ]) { first, _ in first }
  }

  func metadata(_ name: String) -> ObjectMeta { ObjectMeta(name: name, namespace: namespace, labels: labels) }

  /// Every object but the Secret, in the order in which they are applied.
  var manifests: [any Manifest] {
    var manifests: [any Manifest] = [networkPolicy, service, httpService, deployment]
    if replicas > 1 {
      manifests.append(
        PodDisruptionBudget(
          metadata: metadata(relay.name), minAvailable: 1, selector: LabelSelector(selector), version: version))
    }
    if platform.monitoring.podMonitor {
      manifests.append(
        PodMonitor(
          metadata: metadata(relay.name), selector: LabelSelector(selector), port: "http", path: "/metrics"))
    }
    return manifests
  }

  /// What the relay reads besides its keys; a change of it restarts nothing.
  var configuration: JSON {
    var members: JSON.Members = [:]
    if let rate = spec.broadcastRate ?? platform.defaults.broadcastRate { members["broadcastRate"] = .integer(rate) }
    if let bandwidth = spec.bandwidthMbps { members["bandwidthMbps"] = .integer(bandwidth) }
    if !spec.probes.isEmpty {
      members["probes"] = .array(
        spec.probes.map { probe in
          var fields: JSON.Members = ["name": .string(probe.name)]
          if let ping = probe.ping { fields["ping"] = .string(ping) }
          if let traceroute = probe.traceroute { fields["traceroute"] = .string(traceroute) }
          return .object(fields)
        })
    }
    return .object(members)
  }

  private var networkPolicy: NetworkPolicy {
    NetworkPolicy(
      metadata: metadata(relay.name),
      spec: NetworkPolicy.Spec(
        podSelector: LabelSelector(selector), policyTypes: ["Ingress", "Egress"],
        ingress: [
          NetworkPolicy.Ingress(ports: [NetworkPolicy.Port("UDP", spec.port)]),
          NetworkPolicy.Ingress(
            from: [NetworkPolicy.Peer(namespaceSelector: LabelSelector(["wpex.io/monitoring": "true"]))],
            ports: [NetworkPolicy.Port("TCP", Self.httpPort)]),
        ],
        // Peers stand behind NAT at any address and port.
        egress: [NetworkPolicy.Egress(ports: [NetworkPolicy.Port("UDP")])]))
  }

  private var service: Service {
    let port = { (nodePort: Int?) in
      Service.Port(
        name: "wireguard", protocol: "UDP", port: spec.port, targetPort: .name("wireguard"), nodePort: nodePort)
    }
    let serviceSpec =
      switch exposure {
      case .nodePort:
        Service.Spec(
          type: "NodePort", externalTrafficPolicy: "Local", selector: selector, ports: [port(spec.port)])
      case .loadBalancer:
        Service.Spec(type: "LoadBalancer", externalTrafficPolicy: "Local", selector: selector, ports: [port(nil)])
      case .hostPort: Service.Spec(type: "ClusterIP", selector: selector, ports: [port(nil)])
      }
    return Service(metadata: metadata(relay.name), spec: serviceSpec)
  }

  private var httpService: Service {
    Service(
      metadata: metadata(ObjectNames.http(relay.name)),
      spec: Service.Spec(
        type: "ClusterIP", selector: selector,
        ports: [Service.Port(name: "http", protocol: "TCP", port: Self.httpPort, targetPort: .name("http"))]))
  }

  private var deployment: Deployment {
    let annotations = spec.restartedAt.map { ["wpex.io/restartedAt": "\($0)"] }
    return Deployment(
      metadata: metadata(relay.name),
      spec: Deployment.Spec(
        replicas: replicas, strategy: exposure == .hostPort ? .recreate : .surge, selector: LabelSelector(selector),
        template: PodTemplate(
          metadata: PodTemplate.Metadata(labels: labels, annotations: annotations), spec: podSpec)))
  }

  private var podSpec: PodSpec {
    let nodeSelector = platform.region(spec.region)?.nodeSelector ?? [:]
    let spread = [
      TopologySpreadConstraint(topologyKey: "kubernetes.io/hostname", labelSelector: LabelSelector(selector))
    ]
    return PodSpec(
      // Lets the relay ping without any capability; a safe sysctl since Kubernetes 1.18.
      securityContext: PodSecurityContext(
        user: Self.user,
        sysctls: [PodSecurityContext.Sysctl(name: "net.ipv4.ping_group_range", value: "0 2147483647")]),
      nodeSelector: nodeSelector.isEmpty ? nil : nodeSelector,
      topologySpreadConstraints: declaredReplicas > 1 ? spread : nil, terminationGracePeriodSeconds: 10,
      containers: [container],
      volumes: [
        .secret("keys", secret: ObjectNames.bundle(relay.name)),
        // The daemon writes it, so that it may come after the pod.
        .secret("identity", secret: ObjectNames.identity),
        .memory("state", sizeLimit: "64Mi"),
      ])
  }

  private var container: Container {
    let resources = spec.resources ?? platform.defaults.resources ?? ResourceRequirements()
    return Container(
      name: "relay", image: (spec.image ?? platform.relay.image).reference,
      args: [
        "--port=\(spec.port)", "--config=/etc/wpex/keys/config.json", "--bundle=/etc/wpex/keys/bundle.age",
        "--identity=/etc/wpex/identity/identity.txt", "--state=/run/wpex/state", "--stats=:\(Self.httpPort)",
      ],
      ports: [
        Container.Port(
          name: "wireguard", containerPort: spec.port, hostPort: exposure == .hostPort ? spec.port : nil,
          protocol: "UDP"),
        Container.Port(name: "http", containerPort: Self.httpPort, protocol: "TCP"),
      ],
      livenessProbe: Container.Probe(path: "/healthz", port: "http", periodSeconds: 10, failureThreshold: 3),
      readinessProbe: Container.Probe(path: "/readyz", port: "http", periodSeconds: 5, failureThreshold: 2),
      resources: Container.Resources(
        requests: ["cpu": resources.requests.cpu ?? "50m", "memory": resources.requests.memory ?? "32Mi"],
        limits: resources.limits.map(default: ["memory": "128Mi"])),
      volumeMounts: [
        Container.VolumeMount(name: "keys", mountPath: "/etc/wpex/keys", readOnly: true),
        Container.VolumeMount(name: "identity", mountPath: "/etc/wpex/identity", readOnly: true),
        Container.VolumeMount(name: "state", mountPath: "/run/wpex"),
      ])
  }
}

extension ResourceAmounts {
  /// The amounts that are written, over defaults for those that are not.
  fileprivate func map(default defaults: [String: String]) -> [String: String] {
    var amounts = defaults
    if let cpu { amounts["cpu"] = cpu }
    if let memory { amounts["memory"] = memory }
    return amounts
  }
}
