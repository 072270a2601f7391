import ConfigModel
import KubernetesModel
import TextFormats
import Testing

@testable import ConfigCompiler
@testable import DeploymentPlanning

@Suite struct PlannerTests {
  func object(
    _ kind: String, _ name: String, org: String = "acme", digest: String = "d1", isProtected: Bool = false
  ) throws -> RenderedObject {
    let manifest: AnyManifest
    let metadata = ObjectMeta(name: name, namespace: kind == "Namespace" ? nil : "wpex-\(org)")
    switch kind {
    case "Namespace": manifest = try AnyManifest(Namespace(metadata: metadata))
    case "Secret": manifest = try AnyManifest(Secret(metadata: metadata, data: [:]))
    default:
      let template = PodTemplate(metadata: .init(labels: [:], annotations: [:]), spec: PodSpec(containers: []))
      manifest = try AnyManifest(
        Deployment(metadata: metadata, spec: .init(replicas: 1, selector: LabelSelector(), template: template)))
    }
    return RenderedObject(
      origin: .init(
        region: "eu", org: org, relay: kind == "Namespace" ? nil : name, namespace: "wpex-\(org)",
        isProtected: isProtected),
      manifest: manifest, digest: digest, source: "orgs/\(org)/relays/\(name).yaml:1")
  }

  func live(_ object: RenderedObject, uid: String = "u") -> LiveObject {
    LiveObject(
      id: ObjectID(object.manifest), org: object.origin.org, relay: object.origin.relay, digest: object.digest,
      isProtected: object.origin.isProtected, uid: uid)
  }

  func policy(count: Int = 10, percent: Int = 20) -> MaxDeletions {
    var policy = MaxDeletions()
    policy.count = count
    policy.percent = percent
    return policy
  }

  @Test func createsInTheOrderOfDependence() throws {
    let objects = try [object("Deployment", "r"), object("Secret", "r"), object("Namespace", "wpex-acme")]
    let plan = try Planner.plan(["acme": .objects(objects)], live: [], in: "eu", policy: policy())
    #expect(plan.steps.map(\.id.kind) == ["Namespace", "Secret", "Deployment"])
    #expect(plan.steps.allSatisfy { $0.action == .create })
  }

  @Test func sameDigestsPlanNothing() throws {
    let objects = try [object("Deployment", "r"), object("Namespace", "wpex-acme")]
    let plan = try Planner.plan(["acme": .objects(objects)], live: objects.map { live($0) }, in: "eu", policy: policy())
    #expect(plan.isEmpty)
    #expect(plan.unchanged == 2)
  }

  @Test func anotherDigestIsAnUpdate() throws {
    let plan = try Planner.plan(
      ["acme": .objects([object("Secret", "r", digest: "d2")])], live: [live(object("Secret", "r"))], in: "eu",
      policy: policy())
    #expect(plan.steps.map(\.action) == [.update])
    #expect(plan.steps.first?.before == "d1")
    #expect(plan.steps.first?.after == "d2")
  }

  /// What protects an object stands on it, so that it must be written there.
  @Test func anotherProtectionIsAnUpdate() throws {
    let plan = try Planner.plan(
      ["acme": .objects([object("Deployment", "r", isProtected: true)])], live: [live(object("Deployment", "r"))],
      in: "eu", policy: policy())
    #expect(plan.steps.map(\.action) == [.update])
  }

  /// The digest is a function of what was declared: a pull request knows it before anything is applied.
  @Test func digestDoesNotDependOnTheObjectsThatAreThere() throws {
    let objects = try [object("Deployment", "r", isProtected: true), object("Secret", "r", isProtected: true)]
    let digests = try ["u", "v"].map { uid in
      try Planner.plan([:], live: objects.map { live($0, uid: uid) }, in: "eu", policy: policy()).digest
    }
    let declared = try Planner.plan([:], live: objects.map { LiveObject($0) }, in: "eu", policy: policy()).digest
    #expect(Set(digests + [declared]).count == 1 && declared.count == 16)
  }

  @Test func untouchedOrganizationsCount() throws {
    let objects = try (1...2).map { try object("Deployment", "r\($0)") }
    let plan = try Planner.plan(
      [:], live: objects.map { live($0) }, in: "eu", policy: policy(),
      untouched: Planner.UnchangedCounts(organizations: 1, relays: 98))
    #expect(plan.holds.isEmpty)
    let held = try Planner.plan(
      [:], live: objects.map { live($0) }, in: "eu", policy: policy(),
      untouched: Planner.UnchangedCounts(organizations: 1, relays: 2))
    #expect(held.holds.map(\.reason) == [.tooManyDeletions(relays: 2, of: 4)])
  }

  @Test func organizationWithErrorsKeepsAllItHas() throws {
    let plan = try Planner.plan(
      ["acme": .pinned, "globex": .objects([object("Secret", "g", org: "globex")])],
      live: [live(object("Secret", "r")), live(object("Deployment", "r"))], in: "eu", policy: policy())
    #expect(plan.steps.map(\.org) == ["globex"])
  }

  @Test func oneRelayOfThreeMayGo() throws {
    let objects = try (1...3).map { try object("Deployment", "r\($0)") }
    let plan = try Planner.plan(
      ["acme": .objects([objects[0], objects[1]])], live: objects.map { live($0) }, in: "eu", policy: policy())
    #expect(plan.steps.map(\.action) == [.delete])
    #expect(plan.holds.isEmpty)
  }

  @Test(arguments: [(1, 100, true), (10, 20, true), (10, 60, false)] as [(Int, Int, Bool)])
  func manyDeletionsAreHeld(_ count: Int, _ percent: Int, _ held: Bool) throws {
    let objects = try (1...4).map { try object("Deployment", "r\($0)") }
    let other = try object("Deployment", "g", org: "globex", digest: "new")
    let plan = try Planner.plan(
      ["acme": .objects(Array(objects.prefix(2))), "globex": .objects([other])], live: objects.map { live($0) },
      in: "eu", policy: policy(count: count, percent: percent))
    #expect(plan.holds.isEmpty != held)
    // Others go on.
    #expect(plan.steps.contains { $0.org == "globex" })
  }

  /// Two of `relays` go. Exactly the percentage may; one point less may not.
  @Test(arguments: [(4, 50, false), (4, 49, true), (10, 20, false), (10, 19, true), (100, 2, false), (100, 1, true)])
  func percentageIsABound(_ relays: Int, _ percent: Int, _ held: Bool) throws {
    let objects = try (1...relays).map { try object("Deployment", "r\($0)") }
    let plan = try Planner.plan(
      ["acme": .objects(Array(objects.dropLast(2)))], live: objects.map { live($0) }, in: "eu",
      policy: policy(count: 100, percent: percent))
    #expect(plan.holds.map(\.reason) == (held ? [.tooManyDeletions(relays: 2, of: relays)] : []))
  }

  /// Exactly as many as the count may go; one more may not.
  @Test(arguments: [(3, false), (2, true)])
  func countIsABound(_ count: Int, _ held: Bool) throws {
    let objects = try (1...20).map { try object("Deployment", "r\($0)") }
    let plan = try Planner.plan(
      ["acme": .objects(Array(objects.dropLast(3)))], live: objects.map { live($0) }, in: "eu",
      policy: policy(count: count, percent: 100))
    #expect(plan.holds.isEmpty != held)
  }

  /// A port that moves from a relay to be removed to a new one is not free yet.
  @Test func nothingOfAHeldOrganizationGoesOn() throws {
    let guarded = try object("Deployment", "r", isProtected: true)
    let plan = try Planner.plan(
      [
        "acme": .objects([try object("Deployment", "new")]),
        "globex": .objects([try object("Secret", "g", org: "globex")]),
      ],
      live: [live(guarded)], in: "eu", policy: policy())
    #expect(plan.steps.map(\.org) == ["globex"])
    #expect(plan.heldSteps.map(\.action) == [.create, .delete])
  }

  /// What revokes a key waits for nothing, least of all for the approval of something else.
  @Test func keysGoOnWhileTheirOrganizationIsHeld() throws {
    let guarded = try object("Deployment", "r", isProtected: true)
    let plan = try Planner.plan(
      ["acme": .objects([try object("Secret", "s", digest: "new"), try object("Deployment", "new")])],
      live: [live(guarded), live(try object("Secret", "s"))], in: "eu", policy: policy())
    #expect(plan.steps.map(\.id.name) == ["s"] && plan.steps.map(\.action) == [.update])
    #expect(plan.heldSteps.map(\.action) == [.create, .delete])
  }

  /// A deletion that was granted once and could not be finished is that one, and no other.
  @Test func aGrantedDeletionGrantsNoOther() throws {
    let guarded = try ["r1", "r2"].map { try object("Deployment", $0, isProtected: true) }
    let kept = try object("Secret", "s")
    func plan(_ granted: Set<SyncPlan.GrantedDeletion>) throws -> SyncPlan {
      try Planner.plan(
        ["acme": .objects([kept])], live: (guarded + [kept]).map { live($0) }, in: "eu",
        policy: policy(count: 100, percent: 100), granted: granted)
    }
    let held = try plan([])
    #expect(held.heldSteps.count == 2)
    let first = try #require(held.heldSteps.first { $0.id.name == "r1" })
    let next = try plan([SyncPlan.GrantedDeletion(first)])
    #expect(next.holds.map(\.reason) == [.deletionProtection(relay: "r2")])
    #expect(!next.steps.contains { $0.id.name == "r2" })
    #expect(try plan(Set(held.heldSteps.map(SyncPlan.GrantedDeletion.init))).steps.count == 2)
  }

  @Test func protectionNamespaceAndEmptinessAreHeld() throws {
    let guarded = try object("Deployment", "r", isProtected: true)
    let other = try object("Deployment", "s")
    var plan = try Planner.plan(
      ["acme": .objects([other])], live: [live(guarded), live(other)], in: "eu",
      policy: policy(count: 100, percent: 100))
    #expect(plan.holds.map(\.reason) == [.deletionProtection(relay: "r")])
    let namespace = try object("Namespace", "wpex-acme")
    plan = try Planner.plan(
      ["globex": .objects([])], live: [live(namespace)], in: "eu", policy: policy(count: 100, percent: 100))
    #expect(plan.holds.map(\.reason) == [.namespace("wpex-acme")])
    plan = try Planner.plan([:], live: [live(other)], in: "eu", policy: policy(count: 100, percent: 100))
    #expect(plan.holds.map(\.reason) == [.nothingDeclared])
  }

  @Test func approvalIsGoodForItsDeletionsOnly() throws {
    let guarded = try object("Deployment", "r", isProtected: true)
    let other = try object("Deployment", "s")
    let declared = ["acme": Planner.Declaration.objects([other])]
    let held = try Planner.plan(declared, live: [live(guarded), live(other)], in: "eu", policy: policy())
    #expect(held.steps.isEmpty)
    let approved = try Planner.plan(
      declared, live: [live(guarded), live(other)], in: "eu", policy: policy(), approvals: [held.digest])
    #expect(approved.steps.map(\.action) == [.delete])
    // The same name, but declared otherwise; one deletion more; and the same in another region.
    let changed = try object("Deployment", "r", digest: "d2", isProtected: true)
    let again = try Planner.plan(
      declared, live: [live(changed), live(other)], in: "eu", policy: policy(), approvals: [held.digest])
    #expect(again.steps.isEmpty)
    let elsewhere = try Planner.plan(
      declared, live: [live(guarded), live(other)], in: "us", policy: policy(), approvals: [held.digest])
    #expect(elsewhere.steps.isEmpty)
    let more = try Planner.plan(
      ["acme": .objects([])], live: [live(guarded), live(other)], in: "eu", policy: policy(), approvals: [held.digest])
    #expect(more.steps.isEmpty)
  }

  @Test func deletionsGoInTheReverseOrder() throws {
    let objects = try [object("Namespace", "wpex-acme"), object("Secret", "r"), object("Deployment", "r")]
    let held = try Planner.plan(["globex": .objects([])], live: objects.map { live($0) }, in: "eu", policy: policy())
    let plan = try Planner.plan(
      ["globex": .objects([])], live: objects.map { live($0) }, in: "eu", policy: policy(), approvals: [held.digest])
    #expect(plan.steps.map(\.id.kind) == ["Deployment", "Secret", "Namespace"])
  }
}
