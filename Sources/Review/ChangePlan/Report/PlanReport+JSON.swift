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
    "What a merge would do, as `wpex plan --format json` writes it.",
    [
      .count("version", "The version of this form.", from: 1) { _ in 1 },
      .object("base", side) { $0.base }, .object("head", side) { $0.head },
      .flag("changes", "Whether anything would change.") { !$0.plan.isEmpty },
      .list("access", "Which key gains or loses which relay.", access) { $0.plan.access },
      .list("rights", "Who gains or loses which permission.", rights) { $0.plan.rights },
      .list("endpoints", "Relays that peers must reach elsewhere.", endpoint) { $0.plan.endpoints },
      .list("relays", "What becomes of pods and sessions.", relay) { $0.plan.relays },
      .list("documents", "What is declared otherwise.", document) { $0.plan.documents },
      .list("regions", "What the daemon would do in each region that changes.", region) { $0.plan.regions },
      .texts("unknown", "Organizations with errors in the base: what would change there is not known.") {
        $0.plan.unknown
      },
    ])

  private static let side = ObjectForm<Side>(
    "One side of the comparison.",
    [
      .text("revision", "As it was asked for.") { $0.revision },
      .optional("commit", "The commit; absent for a working folder.") { $0.commit },
    ])

  private static let access = ObjectForm<AccessChange>(
    "A key, and a relay that admits it or no longer admits it.",
    [
      .choice("operation", "`replaced`: the key's material is another one now.") { $0.operation },
      .text("org", "The organization.") { $0.org }, .text("key", "The key's name.") { $0.key },
      .text("relay", "The relay's name.") { $0.relay },
      .optional("oldFingerprint", "Of the key that was let in.") { $0.oldFingerprint },
      .optional("newFingerprint", "Of the key that is let in.") { $0.newFingerprint },
      .text("sentence", "The same in words.") { $0.line.sentence.plain },
    ])

  private static let rights = ObjectForm<RightsChange>(
    "A user whose permissions change.",
    [
      .text("user", "`NAME`, or `ORG/NAME` for a user of an organization.") { $0.user },
      .optional("org", "Where; absent for every organization and the platform.") { $0.org },
      .texts("gained", "Permissions.") { $0.gained.map(\.rawValue) },
      .texts("lost", "Permissions.") { $0.lost.map(\.rawValue) },
    ])

  private static let endpoint = ObjectForm<EndpointChange>(
    "A relay whose address in its peers' configuration must change.",
    [
      .text("org", "The organization.") { $0.org }, .text("relay", "The relay's name.") { $0.relay },
      .text("old", "`host:port`.") { $0.old }, .text("new", "`host:port`.") { $0.new },
      .texts("peers", "The keys that have the relay before and after.") { $0.peers },
    ])

  private static let relay = ObjectForm<RelayChange>(
    "What becomes of a relay.",
    [
      .text("org", "The organization.") { $0.org }, .text("relay", "The relay's name.") { $0.relay },
      .text("region", "Its region in the head, or where it was.") { $0.region },
      .choice("effect", RelayChange.Effect.allCases.map { "`\($0.rawValue)`: \($0.sentence)." }.joined(separator: "\n"))
      {
        $0.effect
      },
      .flag("held", "Whether the daemon waits for an approval.") { $0.isHeld },
    ])

  private static let document = ObjectForm<DeclaredChange>(
    "A document that declares something else.",
    [
      .choice("kind", "What it declares.") { $0.kind },
      .optional("org", "Its organization; absent outside of all.") { $0.org },
      .text("name", "Its name.") { $0.name }, .choice("operation", "What was done to it.") { $0.operation },
      .text("path", "Its file, in the head or where it is gone in the base.") { $0.path },
      .count("line", "Its first line.", from: 1) { $0.line },
      .list("fields", "What differs in it.", field) { $0.fields },
    ])

  private static let field = ObjectForm<DeclaredChange.Field>(
    "A value that differs. Material of keys is shown by its fingerprint.",
    [
      .text("path", "As in `spec.keys.names`.") { $0.path },
      .optional("old", "Absent where none was written.") { $0.old },
      .optional("new", "Absent where none is written.") { $0.new },
    ])

  private static let region = ObjectForm<RegionPlan>(
    "What the daemon would do in a region.",
    [
      .text("region", "Its name.") { $0.region },
      .optional("digest", "Names what is held, for `wpex sync approve`; absent where nothing is.") { $0.digest },
      .list("holds", "Why something waits.", hold) { $0.plan.holds },
      .list("objects", "Each object of Kubernetes.", object) { region in
        region.plan.steps.map { HeldStep(step: $0, isHeld: false) }
          + region.plan.heldSteps.map { HeldStep(step: $0, isHeld: true) }
      },
    ])

  private static let hold = ObjectForm<SyncPlan.Hold>(
    "Why an organization's part waits for an approval.",
    [
      .text("org", "The organization, all of which waits.") { $0.org },
      .text("reason", "In words.") { $0.explanation },
    ])

  private struct HeldStep {
    let step: SyncPlan.Step
    let isHeld: Bool
  }

  private static let object = ObjectForm<HeldStep>(
    "An object that is created, updated or deleted.",
    [
      .choice("action", "What is done.") { $0.step.action },
      .text("apiVersion", "Group and version.") { $0.step.id.apiVersion },
      .text("kind", "Its kind.") { $0.step.id.kind },
      .optional("namespace", "Absent for objects of the cluster.") { $0.step.id.namespace },
      .text("name", "Its name.") { $0.step.id.name }, .text("org", "Whose it is.") { $0.step.org },
      .optional("relay", "Absent for what is the organization's as a whole.") { $0.step.relay },
      .flag("held", "Whether it waits for an approval.") { $0.isHeld },
    ])
}
