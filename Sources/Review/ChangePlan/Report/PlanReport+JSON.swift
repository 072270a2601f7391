import ConfigModel
package import TextFormats
import DeploymentPlanning

extension PlanReport {
  /// The plan in the format of `schemas/plan.schema.json`.
  package var json: JSON { Self.form.json(self) }

  /// The schema's file name.
  package static let schemaFile = "plan.schema.json"

  /// The JSON Schema (2020-12) of `json`.
  package static var schema: JSON {
    var members: JSON.Members = [
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "$id": .string("https://wpex.io/schemas/\(schemaFile)"), "title": "Plan",
    ]
    for pair in form.schema.pairs { members.append(pair.name, pair.value) }
    return .object(members)
  }

  private static let form = ObjectForm<PlanReport>(
    "Effects of a merge, as `wpex plan --format json` writes them.",
    [
      .count("version", "The version of this format.", from: 1) { _ in 1 },
      .object("base", side) { $0.base }, .object("head", side) { $0.head },
      .flag("changes", "Whether anything would change.") { !$0.plan.isEmpty },
      .list("access", "Keys that gain or lose access to a relay.", access) { $0.plan.access },
      .list("pairs", "Pairs of keys whose right to speak with each other changes.", pairs) { $0.plan.pairs },
      .list("rights", "Users who gain or lose permissions.", rights) { $0.plan.rights },
      .list("endpoints", "Relays whose endpoint peers must change.", endpoint) { $0.plan.endpoints },
      .list("podSecurity", "Namespaces whose Pod Security level changes.", podSecurity) { $0.plan.podSecurity },
      .list("relays", "Effects on pods and sessions.", relay) { $0.plan.relays },
      .list("documents", "Documents that differ.", document) { $0.plan.documents },
      .list("regions", "Steps that the daemon would take in each region that changes.", region) { $0.plan.regions },
      .texts("unknown", "Organizations with errors in the base, whose changes are not known.") {
        $0.plan.unknown
      },
    ])

  private static let side = ObjectForm<Side>(
    "One side of the comparison.",
    [
      .text("revision", "The revision, as given.") { $0.revision },
      .optional("commit", "The commit; absent for a working folder.") { $0.commit },
    ])

  private static let access = ObjectForm<AccessChange>(
    "A key, and a relay that starts or stops accepting it.",
    [
      .choice("operation", "`replaced`: the key has new key material.") { $0.operation },
      .text("org", "The organization.") { $0.org }, .text("key", "The key's name.") { $0.key },
      .text("relay", "The relay's name.") { $0.relay },
      .optional("oldFingerprint", "The fingerprint of the key that was accepted before.") { $0.oldFingerprint },
      .optional("newFingerprint", "The fingerprint of the key that is accepted now.") { $0.newFingerprint },
      .text("sentence", "The same in words.") { $0.line.sentence.plain },
    ])

  private static let pairs = ObjectForm<PairChange>(
    "Pairs of keys on a relay that may, or may no longer, speak with each other.",
    [
      .choice("operation", "`lost`: they could before.") { $0.operation },
      .text("org", "The organization.") { $0.org }, .text("relay", "The relay's name.") { $0.relay },
      .count("count", "The number of pairs.", from: 1) { $0.count },
      .list("pairs", "The first \(PairChange.maxNamed) of them.", pair) { $0.pairs.map(NamedPair.init) },
    ])

  private struct NamedPair {
    let one: String
    let other: String

    init(_ pair: [String]) {
      one = pair.first ?? ""
      other = pair.last ?? ""
    }
  }

  private static let pair = ObjectForm<NamedPair>(
    "Two keys.", [.text("one", "A key's name.") { $0.one }, .text("other", "The other key's name.") { $0.other }])

  private static let rights = ObjectForm<RightsChange>(
    "A user whose permissions change.",
    [
      .text("user", "`NAME`, or `ORG/NAME` for a user of an organization.") { $0.user },
      .optional("org", "The organization in which they apply; absent if they apply everywhere.") { $0.org },
      .texts("gained", "Permissions.") { $0.gained.map(\.rawValue) },
      .texts("lost", "Permissions.") { $0.lost.map(\.rawValue) },
    ])

  private static let endpoint = ObjectForm<EndpointChange>(
    "A relay whose address in its peers' configuration must change.",
    [
      .text("org", "The organization.") { $0.org }, .text("relay", "The relay's name.") { $0.relay },
      .text("old", "`host:port`, or `load balancer:port` if only the cluster knows its address.") { $0.old },
      .text("new", "`host:port`, or `pending` until a load balancer has an address.") { $0.new },
      .texts("peers", "The keys that have the relay before and after.") { $0.peers },
    ])

  private static let podSecurity = ObjectForm<PodSecurityChange>(
    "A namespace whose Pod Security level changes.",
    [
      .text("region", "The region of its cluster.") { $0.region }, .text("org", "The organization.") { $0.org },
      .text("namespace", "Its name.") { $0.namespace },
      .optional("old", "The level before; absent if the namespace is new.") { $0.old },
      .text("new", "The level after: `privileged` for relays with host ports, otherwise `restricted`.") { $0.new },
      .texts("hostPorts", "The relays with host ports.") { $0.hostPorts },
      .flag("held", "Whether the daemon waits for approval.") { $0.isHeld },
      .text("sentence", "The same in words.") { $0.line.sentence.plain },
    ])

  private static let relay = ObjectForm<RelayChange>(
    "Effects on a relay.",
    [
      .text("org", "The organization.") { $0.org }, .text("relay", "The relay's name.") { $0.relay },
      .text("region", "Its region in the head; in the base if it was removed.") { $0.region },
      .choice("effect", RelayChange.Effect.allCases.map { "`\($0.rawValue)`: \($0.sentence)." }.joined(separator: "\n"))
      {
        $0.effect
      },
      .flag("held", "Whether the daemon waits for approval.") { $0.isHeld },
    ])

  private static let document = ObjectForm<DeclaredChange>(
    "A document that was added, changed or removed.",
    [
      .choice("kind", "What it declares.") { $0.kind },
      .optional("org", "Its organization; absent for global documents.") { $0.org },
      .text("name", "Its name.") { $0.name }, .choice("operation", "The kind of change.") { $0.operation },
      .text("path", "Its file in the head; in the base if it was removed.") { $0.path },
      .count("line", "Its first line.", from: 1) { $0.line },
      .list("fields", "The fields that differ.", field) { $0.fields },
    ])

  private static let field = ObjectForm<DeclaredChange.Field>(
    "A field that differs. Key material is shown by its fingerprint.",
    [
      .text("path", "The path of the field, such as `spec.keys.names`.") { $0.path },
      .optional("old", "The old value; absent if the field was added.") { $0.old },
      .optional("new", "The new value; absent if the field was removed.") { $0.new },
    ])

  private static let region = ObjectForm<RegionPlan>(
    "Steps that the daemon would take in a region.",
    [
      .text("region", "Its name.") { $0.region },
      .optional("digest", "The digest to pass to `wpex sync approve`; absent if nothing is held.") { $0.digest },
      .list("holds", "Why something waits.", hold) { $0.plan.holds },
      .list("objects", "Each object of Kubernetes.", object) { region in
        region.plan.steps.map { HeldStep(step: $0, isHeld: false) }
          + region.plan.heldSteps.map { HeldStep(step: $0, isHeld: true) }
      },
    ])

  private static let hold = ObjectForm<SyncPlan.Hold>(
    "Why an organization's changes wait for approval.",
    [
      .text("org", "The organization, all of whose changes wait.") { $0.org },
      .text("reason", "In words.") { $0.explanation },
    ])

  private struct HeldStep {
    let step: SyncPlan.Step
    let isHeld: Bool
  }

  private static let object = ObjectForm<HeldStep>(
    "A Kubernetes object that is created, updated or deleted.",
    [
      .choice("action", "What is done.") { $0.step.action },
      .text("apiVersion", "Group and version.") { $0.step.id.apiVersion },
      .text("kind", "Its kind.") { $0.step.id.kind },
      .optional("namespace", "The namespace; absent for cluster-wide objects.") { $0.step.id.namespace },
      .text("name", "Its name.") { $0.step.id.name }, .text("org", "The organization that owns it.") { $0.step.org },
      .optional("relay", "The relay that it belongs to; absent for objects of the whole organization.") {
        $0.step.relay
      },
      .flag("held", "Whether it waits for approval.") { $0.isHeld },
    ])
}
