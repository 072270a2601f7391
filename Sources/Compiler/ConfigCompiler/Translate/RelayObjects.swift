import ConfigModel
import KubernetesModel
import TextFormats

/// Translation of a relay into Kubernetes objects of one of its regions, except for its keys. A pure function of
/// declared values.
struct RelayObjects {
  let organization: String
  let namespace: String
  let relay: Declared<RelaySpec>
  let platform: PlatformSpec
  /// Name of the region.
  let region: String
  /// Cap on forwarded traffic, in Mbit/s; nil if unlimited.
  let bandwidthMbps: Int?

  /// Port on which the relay serves HTTP inside the cluster.
  static let httpPort = 8080
  /// Environment variable with the pod's address.
  private static let addressVariable = "POD_IP"
  /// Seconds for which a pod that ends still forwards, while its peers are sent to other pods.
  private static let drainSeconds = 5
  /// User ID of the relay's process: unprivileged, and without a name in the image.
  static let user = 65_532

  private var spec: RelaySpec { relay.spec }
  private var exposure: Exposure { platform.exposure(of: spec, in: region) }
  private var declaredReplicas: Int { spec.podsPerRegion(platform) }
  private var replicas: Int { spec.state == .running ? declaredReplicas : 0 }
  /// UDP port on which the relay's pods exchange what they know; nil if they form no cluster.
  private var clusterPort: Int? {
    guard platform.relay.cluster else { return nil }
    if let port = spec.clusterPort { return port }
    return spec.port == 8_081 ? 8_082 : 8_081
  }
  /// Hosts of the relay's other regions with the cluster port: DNS names if the relay has some, else public hosts.
  private func otherRegions(_ port: Int) -> [String] {
    spec.regions.filter { $0 != region }
      .compactMap { other in
        platform.dnsName(of: relay.name, spec, org: organization, in: other) ?? platform.region(other)?.publicHost
      }
      .map { HostPort.text($0, port) }
  }
  private var selector: [String: String] {
    [ObjectMetadataKeys.program: ObjectMetadataKeys.relayProgram, "app.kubernetes.io/instance": relay.name]
  }
  var labels: [String: String] {
    selector.merging([
      "app.kubernetes.io/component": "relay", ObjectMetadataKeys.managedBy: ObjectMetadataKeys.manager,
      "app.kubernetes.io/part-of": organization, ObjectMetadataKeys.org: organization,
      ObjectMetadataKeys.relay: relay.name,
    ]) { first, _ in first }
  }

  func metadata(_ name: String) -> ObjectMeta { ObjectMeta(name: name, namespace: namespace, labels: labels) }

  /// All objects except the Secret, in the order of application.
  var manifests: [any Manifest] {
    var manifests: [any Manifest] = [networkPolicy, service, httpService]
    if let clusterPort { manifests.append(membersService(clusterPort)) }
    manifests.append(deployment)
    if replicas > 1 {
      manifests.append(
        PodDisruptionBudget(
          metadata: metadata(relay.name),
          spec: PodDisruptionBudget.Spec(minAvailable: 1, selector: LabelSelector(matchLabels: selector))))
    }
    if platform.monitoring.podMonitor {
      manifests.append(
        PodMonitor(
          metadata: metadata(relay.name),
          spec: PodMonitor.Spec(
            // Prometheus writes their names as wpex_io_org and wpex_io_relay.
            podTargetLabels: [ObjectMetadataKeys.org, ObjectMetadataKeys.relay],
            selector: LabelSelector(matchLabels: selector),
            podMetricsEndpoints: [PodMonitor.Endpoint(port: "http", path: "/metrics")])))
    }
    return manifests
  }

  /// The relay's configuration besides its keys. Changing it restarts nothing.
  var configuration: JSON {
    var members: JSON.Members = [:]
    if let rate = spec.broadcastRate ?? platform.defaults.broadcastRate { members["broadcastRate"] = .integer(rate) }
    if let bandwidth = bandwidthMbps { members["bandwidthMbps"] = .integer(bandwidth) }
    // Tenants declare probes and request diagnostics, but the relay runs in the provider's network.
    members["denyPrivateTargets"] = true
    let networks = platform.policy.probes
    if !networks.allowedNetworks.isEmpty {
      members["allowedTargets"] = .array(networks.allowedNetworks.map { .string($0) })
    }
    if !networks.deniedNetworks.isEmpty {
      members["deniedTargets"] = .array(networks.deniedNetworks.map { .string($0) })
    }
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
    let monitoring = NetworkPolicy.Peer(namespaceSelector: LabelSelector(matchLabels: ["wpex.io/monitoring": "true"]))
    var ingress = [
      NetworkPolicy.IngressRule(ports: [NetworkPolicy.Port(protocol: .udp, port: .int(spec.port))]),
      NetworkPolicy.IngressRule(
        from: [monitoring], ports: [NetworkPolicy.Port(protocol: .tcp, port: .int(Self.httpPort))]),
    ]
    if let clusterPort {
      ingress.append(
        NetworkPolicy.IngressRule(
          // Other regions are at any address. What they send is encrypted with the cluster's key.
          from: spec.isRegional ? [] : [NetworkPolicy.Peer(podSelector: LabelSelector(matchLabels: selector))],
          ports: [NetworkPolicy.Port(protocol: .udp, port: .int(clusterPort))]))
    }
    return NetworkPolicy(
      metadata: metadata(relay.name),
      spec: NetworkPolicy.Spec(
        podSelector: LabelSelector(matchLabels: selector), policyTypes: [.ingress, .egress], ingress: ingress,
        // Peers are behind NAT, at any address and port.
        egress: [NetworkPolicy.EgressRule(ports: [NetworkPolicy.Port(protocol: .udp)])]))
  }

  private var service: Service {
    let settings = platform.service(of: spec, in: region)
    func serviceSpec(_ type: Service.Exposure, nodePort: Int? = nil) -> Service.Spec {
      var ports = [
        Service.Port(name: "wireguard", protocol: .udp, port: spec.port, targetPort: "wireguard", nodePort: nodePort)
      ]
      if spec.isRegional, let clusterPort {
        ports.append(
          Service.Port(
            name: "cluster", protocol: .udp, port: clusterPort, targetPort: "cluster",
            nodePort: nodePort == nil ? nil : clusterPort))
      }
      // Kubernetes rejects a traffic policy on a Service that is not reachable from outside.
      return Service.Spec(
        type: type, selector: selector, ports: ports, externalTrafficPolicy: type == .clusterIP ? nil : .local,
        ipFamilyPolicy: settings.ipFamilyPolicy.flatMap { Service.IPFamilyPolicy(rawValue: $0.rawValue) },
        // The API server rejects a class on other types.
        loadBalancerClass: type == .loadBalancer ? settings.loadBalancerClass : nil)
    }
    let exposed =
      switch exposure {
      case .nodePort: serviceSpec(.nodePort, nodePort: spec.port)
      case .loadBalancer: serviceSpec(.loadBalancer)
      case .hostPort: serviceSpec(.clusterIP)
      }
    var metadata = metadata(relay.name)
    metadata.annotations = settings.annotations
    metadata.annotations[ServiceSettings.hostnameAnnotation] = platform.dnsName(
      of: relay.name, spec, org: organization, in: region)
    return Service(metadata: metadata, spec: exposed)
  }

  private var httpService: Service {
    Service(
      metadata: metadata(ObjectNames.http(relay.name)),
      spec: Service.Spec(
        type: .clusterIP, selector: selector,
        ports: [Service.Port(name: "http", protocol: .tcp, port: Self.httpPort, targetPort: "http")]))
  }

  /// The Service whose name has the addresses of all pods of the relay.
  private func membersService(_ port: Int) -> Service {
    Service(
      metadata: metadata(ObjectNames.members(relay.name)),
      spec: Service.Spec(
        type: .clusterIP, clusterIP: .headless, selector: selector,
        ports: [Service.Port(name: "cluster", protocol: .udp, port: port, targetPort: "cluster")],
        // A pod becomes ready only after it has found the others.
        publishNotReadyAddresses: true))
  }

  private var deployment: Deployment {
    let annotations = spec.restartedAt.map { ["wpex.io/restartedAt": "\($0)"] } ?? [:]
    return Deployment(
      metadata: metadata(relay.name),
      spec: Deployment.Spec(
        replicas: replicas, revisionHistoryLimit: 2,
        // Two pods cannot share a host port, so in that case the old one must stop first.
        strategy: exposure == .hostPort ? .recreate : .rollingUpdate(maxUnavailable: 0, maxSurge: 1),
        selector: LabelSelector(matchLabels: selector),
        template: PodTemplate(
          metadata: PodTemplate.Metadata(labels: labels, annotations: annotations), spec: podSpec)))
  }

  private var podSpec: PodSpec {
    let spread = PodSpec.TopologySpreadConstraint(
      maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: .scheduleAnyway,
      labelSelector: LabelSelector(matchLabels: selector))
    return PodSpec(
      automountServiceAccountToken: false, enableServiceLinks: false,
      terminationGracePeriodSeconds: 10 + (clusterPort == nil ? 0 : Self.drainSeconds),
      nodeSelector: platform.region(region)?.nodeSelector ?? [:],
      topologySpreadConstraints: declaredReplicas > 1 ? [spread] : [],
      securityContext: PodSecurityContext(
        runAsNonRoot: true, runAsUser: Self.user, runAsGroup: Self.user, fsGroup: Self.user,
        seccompProfile: .runtimeDefault,
        // Lets the relay ping without capabilities; a safe sysctl since Kubernetes 1.18.
        sysctls: [PodSecurityContext.Sysctl(name: "net.ipv4.ping_group_range", value: "0 2147483647")]),
      containers: [container],
      volumes: [
        .secret(
          Volume.SecretSource(secretName: ObjectNames.bundle(relay.name), defaultMode: 0o440), name: "keys"),
        .secret(Volume.SecretSource(secretName: ObjectNames.identity, defaultMode: 0o440), name: "identity"),
        .emptyDir(Volume.EmptyDirectory(medium: .memory, sizeLimit: "64Mi"), name: "state"),
      ])
  }

  private var container: Container {
    let resources = spec.resources ?? platform.defaults.resources ?? ResourceRequirements()
    var limits = ["memory": resources.effectiveLimits.memory]
    limits["cpu"] = resources.effectiveLimits.cpu
    var args = [
      "--port=\(spec.port)", "--config=/etc/wpex/keys/config.json", "--bundle=/etc/wpex/keys/bundle.age",
      "--identity=/etc/wpex/identity/identity.txt", "--state=/run/wpex/state", "--stats=:\(Self.httpPort)",
    ]
    // Not in the Secret: whoever may write that must not choose who signs it.
    args += platform.declarationKeys.map { "\(RelayArguments.verifierKey)\($0)" }
    var ports = [
      Container.Port(
        name: "wireguard", containerPort: spec.port, hostPort: exposure == .hostPort ? spec.port : nil,
        protocol: .udp),
      Container.Port(name: "http", containerPort: Self.httpPort, protocol: .tcp),
    ]
    var variables: [Container.Variable] = []
    if let clusterPort {
      args += [
        // Brackets, because the address may be of IPv6.
        "--cluster=[$(\(Self.addressVariable))]:\(clusterPort)",
        "--cluster-join=\(ObjectNames.members(relay.name)):\(clusterPort)",
      ]
      args += otherRegions(clusterPort).map { "--cluster-join=\($0)" }
      args += [
        "--cluster-key=/etc/wpex/keys/cluster.key", "--drain=\(Self.drainSeconds)",
      ]
      ports.append(
        Container.Port(
          name: "cluster", containerPort: clusterPort,
          hostPort: spec.isRegional && exposure == .hostPort ? clusterPort : nil, protocol: .udp))
      variables.append(Container.Variable(name: Self.addressVariable, fieldPath: "status.podIP"))
    }
    return Container(
      name: "relay", image: (spec.image ?? platform.relay.image).reference,
      args: args, env: variables, ports: ports,
      resources: Container.Resources(
        requests: ["cpu": resources.effectiveRequests.cpu, "memory": resources.effectiveRequests.memory],
        limits: limits),
      livenessProbe: probe("/healthz", periodSeconds: 10, failureThreshold: 3),
      readinessProbe: probe("/readyz", periodSeconds: 5, failureThreshold: 2),
      securityContext: SecurityContext(
        allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: SecurityContext.Capabilities.none),
      volumeMounts: [
        Container.VolumeMount(name: "keys", mountPath: "/etc/wpex/keys", readOnly: true),
        Container.VolumeMount(name: "identity", mountPath: "/etc/wpex/identity", readOnly: true),
        Container.VolumeMount(name: "state", mountPath: "/run/wpex"),
      ])
  }

  private func probe(_ path: String, periodSeconds: Int, failureThreshold: Int) -> KubernetesModel.Probe {
    KubernetesModel.Probe(
      httpGet: KubernetesModel.Probe.HTTPGet(path: path, port: "http"), periodSeconds: periodSeconds,
      failureThreshold: failureThreshold)
  }
}
