import ConfigModel

extension Schema where Value == RelaySpec {
  static let relay = Schema.object(
    "Relay.spec", RelaySpec(), "A UDP port in one region or several, and the keys it accepts.",
    alternatives: [.exactlyOne(of: "region", "regions")],
    fields: [
      .optional("region", \.onlyRegion, .reference(.region), "the region it runs in", examples: "eu-south"),
      .defaulted(
        "regions", \.regions, .list(of: .reference(.region), count: 2...8, unique: true),
        "the regions it runs in as one relay; each site uses the nearest", examples: "[eu-south, eu-north]"),
      .required(
        "port", \.port, .integer(1...65_535), "the UDP port that peers send to, unique in each region",
        examples: "30101"
      ),
      .optional(
        "clusterPort", \.clusterPort, .integer(1...65_535),
        "the UDP port at which its regions reach each other, unique in each region; required with `regions` (WPX1430)",
        examples: "30102"),
      .defaulted("state", \.state, .choice, "whether it runs", default: "running"),
      .required("keys", \.keys, .keySelection, "the keys it accepts", examples: "{ names: [warehouse-1] }"),
      .optional(
        "access", \.access, .list(of: .accessRule, count: 0...1_000),
        "who may speak with whom; without it, everybody may speak with everybody",
        examples: "[{ between: [{ names: [headquarters] }, {}] }]"),
      .optional(
        "image", \.image, .image,
        "an image to run instead of the platform's; a repository that `tenants.images` does not offer needs "
          + "`platform:write`"),
      .optional(
        "restartedAt", \.restartedAt, .timestamp, "a time; changing it restarts the pods",
        examples: "2026-11-01T08:00:00Z"),
      .optional(
        "broadcastRate", \.broadcastRate, .integer(1...1_000_000), "broadcast handshake initiations per second",
        examples: "200"),
      .optional(
        "bandwidthMbps", \.bandwidthMbps, .integer(1...1_000_000),
        "its bandwidth limit, in Mbit/s; if missing, its share of what `limits.bandwidthMbps` of the organization leaves",
        examples: "100"),
      .optional(
        "replicas", \.replicas, .integer(1...10),
        "pods, which behave as one relay; more than 1 needs `relay.cluster` of the platform (WPX1429), and more than "
          + "`tenants.maxReplicas` needs `platform:write`", examples: "2"),
      .optional(
        "resources", \.resources, .resources,
        "CPU time and memory; more than the platform offers to tenants needs `platform:write`"),
      .optional(
        "exposure", \.exposure, .choice,
        "how its port is exposed, if different from the region's setting; what `tenants.exposures` does not offer needs "
          + "`platform:write`"),
      .defaulted("service", \.service, .relayService, "values of its Service, for the cloud"),
      .optional(
        "dns", \.dns, .format(.dnsName),
        "its DNS name, which external-dns publishes; tenants can choose names below `ORG.ZONE` with the region's `dnsZone`, "
          + "and others need `platform:write`; if missing, `RELAY.ORG.ZONE`", examples: "milan-1.relays.example.net"),
      .defaulted(
        "probes", \.probes, .list(of: .probe, count: 0...50),
        "measurements that it repeats continuously, of targets that `policy.probes` and `tenants.probes` permit",
        default: "[]"),
      .defaulted("tests", \.tests, .reachabilityTests, "what must and must not be reachable through it"),
      .defaulted(
        "deletionProtection", \.deletionProtection, .boolean, "whether removing it requires approval",
        default: "false"),
    ])
}

extension Schema where Value == KeySelection {
  static let keySelection = Schema.object(
    "Relay.spec.keys", KeySelection(), "The keys it accepts: those listed by name, and those whose labels match.",
    alternatives: [.atLeastOne(of: "names", "selector")],
    fields: [
      .defaulted(
        "names", \.names, .list(of: .reference(.key), count: 1...100_000, unique: true), "keys by name",
        examples: "[warehouse-1, warehouse-2]"),
      .optional("selector", \.selector, .keySelector, "keys by their labels"),
    ])
}

extension Schema where Value == KeySelector {
  static let keySelector = Schema.object(
    "Relay.spec.keys.selector", KeySelector(), "Chooses keys by their labels.",
    fields: [
      .required(
        "matchLabels", \.matchLabels, .labels, "labels that a key must have, all of them",
        examples: "{ network: plants }")
    ])
}

extension Schema where Value == AccessRule {
  static let accessRule = Schema.object(
    "Relay.spec.access[]", AccessRule(), "Lets the keys of one side speak with those of the other.",
    fields: [
      .required(
        "between", \.between, .list(of: .accessSide, count: 2...2), "the two sides",
        examples: "[{ names: [headquarters] }, { matchLabels: { role: site } }]")
    ])
}

extension Schema where Value == AccessSide {
  static let accessSide = Schema.object(
    "Relay.spec.access[].between[]", AccessSide(), "Keys of the relay; `{}` is all of them.",
    fields: [
      .defaulted(
        "names", \.names, .list(of: .reference(.key), count: 1...100_000, unique: true), "keys by name",
        examples: "[headquarters]"),
      .optional(
        "matchLabels", \.matchLabels, .labels, "keys that have all of these labels",
        examples: "{ role: site }"),
    ])
}

extension Schema where Value == Probe {
  static let probe = Schema.object(
    "Relay.spec.probes[]", Probe(), "A measurement that the relay repeats.",
    alternatives: [.exactlyOne(of: "ping", "traceroute")],
    fields: [
      .required("name", \.name, .format(.dnsLabel), "its name", examples: "gateway"),
      .optional("ping", \.ping, .format(.host), "the host to ping", examples: "192.0.2.1"),
      .optional("traceroute", \.traceroute, .format(.host), "the host to trace the route to", examples: "192.0.2.1"),
    ])
}

extension Schema where Value == ReachabilityTests {
  static let pairs = Schema<[[String]]>.list(
    of: .list(of: .reference(.key), count: 2...2, unique: true), count: 0...1_000)

  static let reachabilityTests = Schema.object(
    "Relay.spec.tests", ReachabilityTests(), "What must and must not be reachable through the relay.",
    fields: [
      .defaulted(
        "mustConnect", \.mustConnect, pairs, "pairs of keys that must reach each other while it runs", default: "[]",
        examples: "[[headquarters, warehouse-1]]"),
      .defaulted(
        "mustNotConnect", \.mustNotConnect, pairs, "pairs of keys that must not reach each other", default: "[]",
        examples: "[[guest-wifi, plant-1]]"),
    ])
}
