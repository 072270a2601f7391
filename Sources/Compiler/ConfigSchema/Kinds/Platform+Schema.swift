import ConfigModel

extension Schema where Value == PlatformSpec {
  static let platform = Schema.object(
    "Platform.spec", PlatformSpec(), "What the provider offers: regions, the relay's image, defaults and policy.",
    fields: [
      .required("regions", \.regions, .list(of: .region, count: 1...200), "the clusters that relays run in"),
      .required("relay", \.relay, .relaySoftware, "the software that relays run"),
      .defaulted("defaults", \.defaults, .relayDefaults, "defaults for relays that set no value of their own"),
      .defaulted(
        "tenants", \.tenants, .tenantOffer, "what tenants can choose for their relays without `platform:write`"),
      .defaulted(
        "rules", \.rules, .list(of: .operatorRule, count: 0...200),
        "the operator's own rules about documents, for everybody who changes them", default: "[]"),
      .required(
        "recipient", \.recipient, .format(.ageRecipient),
        "the age recipient of the sync daemon, for which organizations' identities are sealed"),
      .defaulted(
        "declarationKeys", \.declarationKeys, .list(of: .format(.ed25519Key), count: 0...10, unique: true),
        "the keys, one of which must have signed what a relay uses, so that write access to its Secret adds no peer. "
          + "`wpex identity signing-key` prints the key of an identity; relays of images before 0.4.0 do not start with such keys",
        default: "[]", examples: "[3Yk0o9P5pVrFkV4MBGVKRpAK1o6OHO1Qmdya0n8hXLw=]"),
      .defaulted("policy", \.policy, .policy, "rules that the compiler and the daemon enforce"),
      .defaulted("alerts", \.alerts, .alerts, "thresholds of warnings and alerts"),
      .defaulted("monitoring", \.monitoring, .monitoring, "objects for monitoring systems"),
      .defaulted(
        "namespacePrefix", \.namespacePrefix, .format(.namespacePrefix),
        "the prefix before an organization's name in its Kubernetes namespace, in regions without a prefix of their own",
        default: "wpex-", examples: "wpex-"),
    ])
}

extension Schema where Value == Region {
  static let region = Schema.object(
    "Platform.spec.regions[]", Region(), "A cluster, and the ports that relays can use there.",
    fields: [
      .required("name", \.name, .format(.dnsLabel), "the region's name", examples: "eu-south"),
      .optional(
        "displayName", \.displayName, .text(length: 1...200), "its display name", examples: "Southern Europe"),
      .defaulted(
        "cluster", \.cluster, .format(.visible),
        "the region's cluster: a context of the daemon's kubeconfig, or `in-cluster` for the one that its own daemon "
          + "belongs to. Regions with the same context need different namespaces (WPX1432) and ports (WPX1433)",
        default: "in-cluster", examples: "eu-south"),
      .optional(
        "namespacePrefix", \.namespacePrefix, .format(.namespacePrefix),
        "the prefix before an organization's name in its namespace in this region; if missing, the platform's",
        examples: "south-"),
      .required(
        "publicHost", \.publicHost, .format(.host), "the host that peers put in their Endpoint",
        examples: "relay.eu-south.example.net"),
      .required("portRange", \.portRange, .portRange, "the ports that relays can use", examples: "30000-32767"),
      .defaulted("exposure", \.exposure, .choice, "how ports are exposed", default: "NodePort"),
      .defaulted("service", \.service, .regionService, "values of its relays' Services, for the cloud"),
      .optional(
        "dnsZone", \.dnsZone, .format(.dnsName),
        "the DNS zone in which external-dns gives its relays the names `RELAY.ORG.ZONE`", examples: "relays.example.net"
      ),
      .defaulted(
        "nodeSelector", \.nodeSelector, .labels, "labels of the nodes that relays run on", default: "{}",
        examples: "{ role: edge }"),
    ])
}

extension Schema where Value == RelaySoftware {
  static let relaySoftware = Schema.object(
    "Platform.spec.relay", RelaySoftware(), "The software that relays run.",
    fields: [
      .required("image", \.image, .image, "the container image of every relay that does not set its own"),
      .defaulted(
        "cluster", \.cluster, .boolean,
        "whether the pods of a relay share their sessions, so that it can have several pods and updates break no "
          + "tunnel; false only for images whose `wpex-relay` does not know `--cluster`",
        default: "true"),
    ])
}

extension Schema where Value == RelayDefaults {
  static let relayDefaults = Schema.object(
    "Platform.spec.defaults", RelayDefaults(), "Defaults for relays that set no value of their own.",
    fields: [
      .optional("resources", \.resources, .resources, "CPU time and memory"),
      .optional(
        "broadcastRate", \.broadcastRate, .integer(1...1_000_000), "broadcast handshake initiations per second",
        examples: "200"),
      .defaulted(
        "replicas", \.replicas, .integer(1...10), "pods of a relay; more than 1 needs `relay.cluster` (WPX1429)",
        default: "1"),
    ])
}

extension Schema where Value == TenantOffer {
  static let tenantOffer = Schema.object(
    "Platform.spec.tenants", TenantOffer(),
    "What tenants can choose for their relays, besides the platform's image, the region's exposure and the defaults. "
      + "Anything else needs `platform:write`.",
    fields: [
      .defaulted(
        "images", \.images, .list(of: .format(.imageRepository), count: 0...200, unique: true),
        "image repositories; each includes the repositories below it, after a `/`", default: "[]",
        examples: "[ghcr.io/example/relays]"),
      .defaulted(
        "exposures", \.exposures, .list(of: .choice, count: 0...3, unique: true),
        "exposures; `HostPort` makes namespaces Pod Security `privileged`", default: "[NodePort]",
        examples: "[NodePort, LoadBalancer]"),
      .defaulted(
        "annotations", \.annotations, .list(of: .format(.labelKey), count: 0...200, unique: true),
        "annotations of relays' Services, which tenants can give any value", default: "[]",
        examples: "[service.beta.kubernetes.io/aws-load-balancer-type]"),
      .defaulted(
        "loadBalancerClasses", \.loadBalancerClasses, .list(of: .format(.labelKey), count: 0...50, unique: true),
        "classes of load balancers besides the region's", default: "[]", examples: "[service.k8s.aws/nlb]"),
      .defaulted("maxReplicas", \.maxReplicas, .integer(1...10), "the most pods of a relay", default: "3"),
      .defaulted(
        "maxResources", \.maxResources, .amounts,
        "the most of each amount in `resources.requests` and `resources.limits`; what is missing, only the default",
        examples: "{ cpu: \"2\", memory: 1Gi }"),
      .optional(
        "probes", \.probes, .probeTargetOffer,
        "the targets of probes; if missing, all that `policy.probes` permits"),
    ])
}

extension Schema where Value == ProbeTargetOffer {
  static let probeTargetOffer = Schema.object(
    "Platform.spec.tenants.probes", ProbeTargetOffer(),
    "The targets that tenants can probe. They must be permitted by `policy.probes`, too.",
    fields: [
      .defaulted(
        "networks", \.networks, .list(of: .network, count: 0...200, unique: true),
        "networks, for targets that are addresses", default: "[]", examples: "[198.51.100.0/24]"),
      .defaulted(
        "hosts", \.hosts, .list(of: .format(.host), count: 0...200, unique: true),
        "host names; each includes the names below it", default: "[]", examples: "[example.net]"),
    ])
}

extension Schema where Value == Policy {
  static let policy = Schema.object(
    "Platform.spec.policy", Policy(), "Rules that the compiler and the daemon enforce.",
    fields: [
      .defaulted(
        "requireSignedCommits", \.requireSignedCommits, .boolean,
        "whether the daemon applies only commits signed by users who are allowed to make them", default: "false"),
      .defaulted(
        "requireMerge", \.requireMerge, .boolean,
        "whether the daemon applies only merge commits, signed by users who are allowed to make the changes",
        default: "false"),
      .defaulted(
        "mergers", \.mergers, .list(of: .format(.dnsLabel), count: 0...100, unique: true),
        "global users whose merge commits count if `requireMerge` is true; if empty, any user who is allowed to make "
          + "the changes",
        default: "[]"),
      .defaulted(
        "maxDeletions", \.maxDeletions, .maxDeletions, "how much one commit can remove without approval"),
      .defaulted(
        "minimumAdmins", \.minimumAdmins, .integer(1...100),
        "the minimum number of active admins", default: "1"),
      .defaulted(
        "requiredLabels", \.requiredLabels, .list(of: .requiredLabel, count: 0...100), "required labels",
        default: "[]"),
      .defaulted("probes", \.probes, .probeNetworks, "what tenants can probe from relays"),
    ])
}

extension Schema where Value == ProbeNetworks {
  static let probeNetworks = Schema.object(
    "Platform.spec.policy.probes", ProbeNetworks(),
    "What tenants can probe from relays: public addresses, but nothing in the machine or network that a relay runs in.",
    fields: [
      .defaulted(
        "allowedNetworks", \.allowedNetworks, .list(of: .network, count: 0...200, unique: true),
        "private networks that they can probe nevertheless", default: "[]", examples: "[10.20.0.0/16]"),
      .defaulted(
        "deniedNetworks", \.deniedNetworks, .list(of: .network, count: 0...200, unique: true),
        "networks that they cannot probe, such as the provider's public ones", default: "[]",
        examples: "[203.0.113.0/24]"),
    ])
}

extension Schema where Value == MaxDeletions {
  static let maxDeletions = Schema.object(
    "Platform.spec.policy.maxDeletions", MaxDeletions(), "How much one commit can remove without approval.",
    fields: [
      .defaulted("count", \.count, .integer(0...1_000_000), "objects", default: "20"),
      .defaulted("percent", \.percent, .integer(0...100), "the percentage of an organization's objects", default: "25"),
    ])
}

extension Schema where Value == RequiredLabel {
  static let requiredLabel = Schema.object(
    "Platform.spec.policy.requiredLabels[]", RequiredLabel(), "A label that every document of a kind must have.",
    fields: [
      .required("kind", \.kind, .choice, "the kind"),
      .required("label", \.label, .format(.labelKey), "the label's key", examples: "tier"),
      .defaulted(
        "values", \.values, .list(of: .format(.labelValue), count: 0...100, unique: true),
        "the permitted values; if empty, any value", default: "[]", examples: "[gold, silver]"),
    ])
}

extension Schema where Value == AlertThresholds {
  static let alerts = Schema.object(
    "Platform.spec.alerts", AlertThresholds(), "Thresholds of warnings and alerts.",
    fields: [
      .defaulted(
        "handshakeSuccessPercent", \.handshakeSuccessPercent, .integer(0...100), "handshakes that must succeed",
        default: "70"),
      .defaulted(
        "minimumHandshakes", \.minimumHandshakes, .integer(0...1_000_000),
        "the number of handshakes below which the success rate is ignored", default: "10"),
      .defaulted(
        "restarts", \.restarts, .integer(0...1_000),
        "the number of restarts of a relay that is still normal", default: "3"),
      .defaulted(
        "health", \.health, .integer(0...100),
        "the health score below which a relay is critical", default: "50"),
      .defaulted(
        "keyExpiryDays", \.keyExpiryDays, .integer(0...3_650),
        "the number of days before a key's expiry when warnings begin",
        default: "30"),
    ])
}

extension Schema where Value == Monitoring {
  static let monitoring = Schema.object(
    "Platform.spec.monitoring", Monitoring(), "Objects for monitoring systems.",
    fields: [
      .defaulted(
        "podMonitor", \.podMonitor, .boolean,
        "whether a PodMonitor of the Prometheus operator is created for each relay",
        default: "false")
    ])
}
