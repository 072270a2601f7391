import ConfigCompiler
import ConfigModel
import TextFormats

/// Declared specification of a relay, completed with the platform's defaults.
struct RelaySpecView: Sendable {
  let spec: RelaySpec
  let platform: PlatformSpec?
  let podSecurity: [String: PodSecurityLevel]

  init(_ relay: DeclaredRelay, platform: PlatformSpec?) {
    spec = relay.spec
    podSecurity = relay.podSecurity
    self.platform = platform
  }

  static let view = ObjectView<RelaySpecView>("RelaySpec", "Declared settings of a relay", org: { _ in nil }) { view in
    view.optionalText("image", "image of its pods") { ($0.spec.image ?? $0.platform?.relay.image)?.reference }
    view.integer("replicas", "pods in each region") { $0.spec.podsPerRegion($0.platform) }
    view.optionalText("exposure", "how its port is exposed") { shown in
      (shown.spec.exposure ?? shown.platform?.region(shown.spec.region)?.exposure)?.rawValue
    }
    view.objects(
      "podSecurity", podSecurityView, "the Pod Security level of its namespace in each region"
    ) { shown, _ in shown.podSecurity.sorted { $0.key < $1.key }.map { (region: $0.key, level: $0.value) } }
    view.optionalInteger("bandwidthMbps", "its bandwidth limit") { $0.spec.bandwidthMbps }
    view.optionalInteger("broadcastRate", "broadcast initiations a second") {
      $0.spec.broadcastRate ?? $0.platform?.defaults.broadcastRate
    }
    view.optionalObject("resources", resourcesView, "resources of its container") { shown, _ in
      shown.spec.resources ?? shown.platform?.defaults.resources
    }
    view.boolean("deletionProtection", "whether deleting it requires approval") { $0.spec.deletionProtection }
    view.time("restartedAt", "when a restart was last requested") { shown in
      shown.spec.restartedAt.map { Double($0.unixSeconds) }
    }
    view.object("keys", selectionView, "the keys that it selects") { shown, _ in shown.spec.keys }
    view.boolean("segmented", "whether rules restrict which keys may speak with which") { $0.spec.access != nil }
    view.objects("access", accessView, "the rules, if it has any") { shown, _ in shown.spec.access ?? [] }
    view.object("tests", testsView, "which keys must reach each other, and which must not") { shown, _ in
      shown.spec.tests
    }
  }

  private static let podSecurityView = ObjectView<(region: String, level: PodSecurityLevel)>(
    "PodSecurity", "Pod Security level of a namespace", org: { _ in nil }
  ) { view in
    view.text("region", "name of the region") { $0.region }
    view.choice("level", "`privileged` if a relay of the organization uses a port of the node there") { $0.level }
  }

  private static let selectionView = ObjectView<KeySelection>("KeySelection", "Selected keys", org: { _ in nil }) {
    view in
    view.texts("names", "by name") { $0.names }
    view.add("matchLabels", .map(.text), "by label") { selection, _ in
      JSON(labels: selection.selector?.matchLabels ?? [:])
    }
  }

  private static let accessView = ObjectView<AccessRule>(
    "AccessRule", "Keys of one side may speak with those of the other", org: { _ in nil }
  ) { view in
    view.objects("between", accessSideView, "the two sides") { rule, _ in rule.between }
  }

  private static let accessSideView = ObjectView<AccessSide>(
    "AccessSide", "Keys; all of the relay's if it has neither names nor labels", org: { _ in nil }
  ) { view in
    view.texts("names", "by name") { $0.names }
    view.add("matchLabels", .map(.text), "by label") { side, _ in JSON(labels: side.matchLabels ?? [:]) }
  }

  private static let testsView = ObjectView<ReachabilityTests>("ReachabilityTests", "Pairs of keys", org: { _ in nil })
  {
    view in
    view.add("mustConnect", .list(.list(.text)), "that must reach each other") { tests, _ in pairs(tests.mustConnect) }
    view.add("mustNotConnect", .list(.list(.text)), "that must not") { tests, _ in pairs(tests.mustNotConnect) }
  }

  private static func pairs(_ pairs: [[String]]) -> JSON {
    .array(pairs.map { pair in .array(pair.map { .string($0) }) })
  }

  private static let resourcesView = ObjectView<ResourceRequirements>(
    "Resources", "Kubernetes quantities", org: { _ in nil }
  ) { view in
    view.object("requests", amountsView, "reserved") { resources, _ in resources.requests }
    view.object("limits", amountsView, "upper bounds") { resources, _ in resources.limits }
  }

  private static let amountsView = ObjectView<ResourceAmounts>("Amounts", "Kubernetes quantities", org: { _ in nil }) {
    view in
    view.optionalText("cpu", "processor time") { $0.cpu }
    view.optionalText("memory", "memory") { $0.memory }
  }
}
