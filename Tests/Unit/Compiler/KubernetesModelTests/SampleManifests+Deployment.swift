import KubernetesModel

extension SampleManifests {
  static let deployment = Deployment(
    metadata: meta("milan-1"),
    spec: .init(
      replicas: 2, revisionHistoryLimit: 3, progressDeadlineSeconds: 120,
      strategy: .rollingUpdate(maxUnavailable: 0, maxSurge: "50%"),
      selector: LabelSelector(matchLabels: ["wpex.io/relay": "milan-1"]),
      template: PodTemplate(
        metadata: .init(
          labels: ["wpex.io/relay": "milan-1"], annotations: ["wpex.io/restarted-at": "2026-01-02T03:04:05Z"]),
        spec: PodSpec(
          serviceAccountName: "relay", automountServiceAccountToken: false, enableServiceLinks: false,
          terminationGracePeriodSeconds: 30, imagePullSecrets: [.init(name: "registry")],
          nodeSelector: ["topology.kubernetes.io/region": "eu-south-1"],
          tolerations: [
            .init(key: "wpex.io/relays", operator: .equal, value: "yes", effect: .noSchedule),
            .init(key: "wpex.io/edge", operator: .exists),
          ],
          topologySpreadConstraints: [
            .init(
              maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: .scheduleAnyway,
              labelSelector: LabelSelector(matchLabels: ["wpex.io/relay": "milan-1"]))
          ],
          securityContext: PodSecurityContext(
            runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532, seccompProfile: .runtimeDefault,
            sysctls: [.init(name: "net.ipv4.ping_group_range", value: "0 2147483647")]),
          containers: [container],
          volumes: [
            .projected(
              .init(
                defaultMode: 0o440,
                sources: [
                  .init(
                    secret: .init(
                      name: "milan-1-keys", items: [.init(key: "bundle.age", path: "bundle.age")], optional: false)),
                  .init(secret: .init(name: "wpex-identity")),
                ]),
              name: "keys"),
            .secret(
              .init(
                secretName: "milan-1-token", defaultMode: 0o400, items: [.init(key: "token", path: "http/token")],
                optional: true),
              name: "token"),
            .emptyDir(.init(medium: .memory, sizeLimit: "16Mi"), name: "run"),
            .emptyDir(name: "scratch"),
          ]))))

  private static let container = Container(
    name: "relay", image: "ghcr.io/example/wpex-relay:1.0", imagePullPolicy: .ifNotPresent, command: ["/wpex-relay"],
    args: ["--listen=:51820", "--http", ":8080"],
    env: [
      .init(name: "REGION", value: "no"), .init(name: "POD_NAME", fieldPath: "metadata.name"),
      .init(name: "TOKEN", secret: "milan-1-token", key: "token"),
    ],
    ports: [
      .init(name: "relay", containerPort: 51820, hostPort: 51820, protocol: .udp),
      .init(name: "http", containerPort: 8080, protocol: .tcp),
    ],
    resources: .init(requests: ["memory": "32Mi", "cpu": "100m"], limits: ["memory": "64Mi", "cpu": "1"]),
    startupProbe: Probe(httpGet: .init(path: "/healthz", port: "http"), periodSeconds: 1, failureThreshold: 30),
    livenessProbe: Probe(
      httpGet: .init(path: "/healthz", port: 8080, scheme: .http), initialDelaySeconds: 5, timeoutSeconds: 2),
    readinessProbe: Probe(httpGet: .init(path: "/readyz", port: "http"), successThreshold: 2),
    securityContext: SecurityContext(
      allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: Capabilities.none),
    volumeMounts: [
      .init(name: "keys", mountPath: "/etc/wpex/keys", readOnly: true),
      .init(name: "token", mountPath: "/etc/wpex/http", readOnly: true), .init(name: "run", mountPath: "/run/wpex"),
      .init(name: "scratch", mountPath: "/tmp"),
    ])

  private typealias Capabilities = SecurityContext.Capabilities
}
