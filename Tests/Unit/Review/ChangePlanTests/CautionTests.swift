import ChangePlan
import ChangeSet
import ConfigCompiler
import RepositorySupport
import DeploymentPlanning
import Testing

/// What cannot be known, and what nobody looks after.
@Suite struct CautionTests {
  @Test func organizationWithErrorsInTheBaseIsNotKnown() async throws {
    let head = try await Planned.sample()
    var base = head
    try base.edit("orgs/acme/organization.yaml", "displayName:", "displayNaem:")
    base.remove("orgs/globex/relays/bari-1.yaml")
    let plan = try await Planned.plan(base, head)
    #expect(plan.unknown == ["acme"])
    #expect(plan.access.allSatisfy { $0.org == "globex" } && !plan.access.isEmpty)
    #expect(plan.regions.flatMap(\.plan.steps).allSatisfy { $0.org == "globex" })
    #expect(plan.regions.map(\.digest) == [nil])
  }

  @Test func firstCommitCreatesEverything() async throws {
    let head = try await Planned.sample()
    let plan = try await Planned.plan(MemoryRepository(), head)
    #expect(plan.unknown.isEmpty && plan.regions.count == 2)
    #expect(plan.regions.flatMap(\.plan.steps).allSatisfy { $0.action == .create })
    #expect(plan.access.allSatisfy { $0.operation == .gained })
  }

  /// What is there still goes, once somebody approves.
  @Test func aRegionThatIsNoLongerDeclaredIsPruned() async throws {
    let repository = GeneratedRepository(seed: 3)
    var files = repository.files
    let base = MemoryRepository(files)
    let left = repository.organizations.flatMap(\.relays).count { $0.region == "eu-north" }
    try #require(left > 0)
    let platform = try #require(files["platform.yaml"])
    files["platform.yaml"] = platform.replacing(
      "    - name: eu-north\n      publicHost: north.example.net\n      portRange: 10000-65000\n", with: "")
    for organization in repository.organizations {
      let folder = "orgs/\(organization.name)"
      files["\(folder)/organization.yaml"] = files["\(folder)/organization.yaml"]?.replacing("eu-north, ", with: "")
      let kept = (files["\(folder)/relays/all.yaml"] ?? "").split(separator: "---\n").filter {
        !$0.contains("eu-north")
      }
      files["\(folder)/relays/all.yaml"] = kept.isEmpty ? nil : kept.joined(separator: "---\n")
    }
    let revision = await Planned.revision(MemoryRepository(files))
    try #require(!revision.compilation.hasErrors, "\(revision.compilation.text)")
    let plan = try await Planned.plan(base, MemoryRepository(files))
    let region = try #require(plan.regions.first { $0.region == "eu-north" })
    #expect(region.plan.steps.isEmpty && region.plan.heldSteps.allSatisfy { $0.action == .delete })
    #expect(region.plan.heldSteps.count { $0.id.kind == "Deployment" } == left)
    #expect(region.plan.holds.allSatisfy { $0.reason == .nothingDeclared } && region.digest?.count == 16)
  }

  /// With and without what is declared, everywhere at once: the guards of the daemon speak.
  @Test func emptiedRepositoryIsHeld() async throws {
    let base = try await Planned.sample()
    var head = base
    for path in base.contents.keys where path.hasPrefix("orgs/") { head.remove(path) }
    let plan = try await Planned.plan(base, head)
    #expect(plan.regions.allSatisfy { $0.digest?.count == 16 && $0.plan.steps.isEmpty })
    #expect(plan.regions.flatMap(\.plan.holds).allSatisfy { $0.reason == .nothingDeclared })
  }

  /// Reviewers see in words that a namespace admits other pods, in either direction.
  @Test func podSecurityThatChangesIsSaid() async throws {
    let base = try await Planned.sample()
    var head = base
    try head.edit("orgs/acme/relays/milan-1.yaml", "  port: 30101", "  port: 30101\n  exposure: HostPort")
    try head.edit("orgs/acme/relays/stockholm-1.yaml", "  exposure: HostPort\n", "")
    let plan = try await Planned.plan(base, head)
    let sentences = plan.podSecurity.map {
      "\($0.region) \($0.namespace) \($0.old ?? "none") \($0.new) \($0.hostPorts)"
    }
    #expect(
      sentences == [
        "eu-north nordsud-acme privileged restricted []", "eu-south nordsud-acme restricted privileged [\"milan-1\"]",
      ])
    let report = PlanReport(
      plan, base: PlanReport.Side(revision: "a", commit: nil), head: PlanReport.Side(revision: "b", commit: nil))
    for text in [report.text(.text), report.text(.json)] {
      #expect(text.contains("namespace nordsud-acme becomes Pod Security privileged: host ports of milan-1"))
      #expect(text.contains("namespace nordsud-acme becomes Pod Security restricted: no host ports"))
    }
    #expect(
      report.text(.markdown).contains(
        "namespace `nordsud-acme` becomes Pod Security privileged: host ports of `milan-1`"))
    // What stays is not repeated.
    var other = head
    try other.edit("orgs/acme/relays/milan-1.yaml", "bandwidthMbps: 1000", "bandwidthMbps: 900")
    #expect(try await Planned.plan(head, other).podSecurity.isEmpty)
    // A new namespace begins restricted, or says that it does not.
    let first = try await Planned.plan(MemoryRepository(), base)
    #expect(first.podSecurity.map(\.new) == ["privileged"] && first.podSecurity.map(\.old) == [nil])
  }
}

/// Pairs that gain or lose the right to speak with each other.
@Suite struct PairChangeTests {
  private static let path = "orgs/acme/relays/milan-1.yaml"
  private static let rules =
    "  access:\n    - between: [{ matchLabels: { network: core } }, {}]\n  probes:\n"

  @Test func rulesAreShownAsPairs() async throws {
    let base = try await Planned.sample()
    var head = base
    try head.edit(Self.path, "  probes:\n", Self.rules)
    let plan = try await Planned.plan(base, head)
    let change = try #require(plan.pairs.first)
    #expect(plan.pairs.count == 1 && change.operation == .lost && change.relay == "milan-1" && !plan.isEmpty)
    #expect(change.pairs.count == min(change.count, PairChange.maxNamed))
    #expect(change.pairs.contains(["truck-pool", "warehouse-bari"]))
    #expect(change.pairs.allSatisfy { !$0.contains("headquarters") && !$0.contains("datacentre") })
    // n sites that spoke with each other do so no longer.
    let sites = (1...200).first { $0 * ($0 - 1) / 2 == change.count }
    #expect(sites != nil)

    let back = try await Planned.plan(head, base)
    #expect(back.pairs.map(\.operation) == [.gained] && back.pairs.map(\.count) == [change.count])
    #expect(back.pairs.map(\.pairs) == [change.pairs])
  }

  /// Rules that are written otherwise and mean the same change nothing.
  @Test func sameMeaningIsNoChange() async throws {
    var base = try await Planned.sample()
    try base.edit(Self.path, "  probes:\n", Self.rules)
    var head = base
    try head.edit(
      Self.path, "[{ matchLabels: { network: core } }, {}]", "[{}, { names: [headquarters, datacentre, laptop-rossi] }]"
    )
    #expect(try await Planned.plan(base, head).pairs.isEmpty)
  }
}
