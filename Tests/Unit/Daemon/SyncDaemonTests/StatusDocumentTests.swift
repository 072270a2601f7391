import GitStore
import RelayWire
import SyncEngine
import TextFormats
import Testing

@testable import DeploymentPlanning
@testable import SyncDaemon
@testable import SyncService

@Suite struct StatusDocumentTests {
  private static let time: Int64 = 1_700_000_000_000

  private func document(
    _ condition: SyncService.Condition, _ health: [String: [RelayCondition]] = [:]
  ) throws -> JSON {
    let json = StatusDocument.json(condition, source: "/relays (main)", health: health, now: Self.time)
    // What a reader of the file sees.
    return try JSON(parsing: Array(json.text(.indented).utf8))
  }

  @Test func aDaemonWithoutACommitSaysWhy() throws {
    var condition = SyncService.Condition()
    condition.problem = "no network"
    condition.notices = ["http": "port in use"]
    let document = try document(condition)
    #expect(document["version"]?.int == 1)
    #expect(document["time"]?.text == "2023-11-14T22:13:20.000Z")
    #expect(document["source"]?.text == "/relays (main)")
    #expect(document["head"] == nil)
    #expect(document["problem"]?.text == "no network; port in use")
    #expect(document["organizations"]?.elements?.isEmpty == true)
  }

  @Test func whatIsNotInForceIsNamed() throws {
    func relay(_ name: String, _ inForce: RelayInForce?, _ status: RelayPhase = .current) -> RelayCondition {
      var relay = RelayCondition(org: "acme", relay: name, status: status, detail: "running")
      relay.inForce = inForce
      return relay
    }
    let applied = Self.time - 12_000
    let confirmed = RelayInForce.Instance("pod-1", reason: nil)
    let refused = RelayInForce.Instance("pod-2", reason: "it cannot be reached")
    let document = try document(
      SyncService.Condition(),
      [
        "eu": [
          relay(
            "done",
            RelayInForce(
              serial: 7, digest: "d", appliedAt: applied, inForceAt: applied + 500, instances: [confirmed])),
          relay(
            "late",
            RelayInForce(
              serial: 8, digest: "d", appliedAt: applied, missingSince: applied, instances: [confirmed, refused])),
          relay(
            "new",
            RelayInForce(
              serial: 9, digest: "d", appliedAt: Self.time, missingSince: Self.time - 9_999, instances: [refused])),
          relay("idle", RelayInForce(serial: 9, digest: "d", appliedAt: applied, missingSince: applied)),
          relay("started", RelayInForce(serial: 9, digest: "d", appliedAt: applied, missingSince: Self.time - 500)),
          relay(
            "stopped", RelayInForce(serial: 9, digest: "d", appliedAt: applied, missingSince: Self.time - 500), .stopped
          ),
          relay("unknown", nil),
        ]
      ])
    let shown = try #require(document["regions"]?["eu"]?["relays"]?.elements).map { $0["inForce"] }
    #expect(
      shown.map { $0?["state"]?.text } == [
        "in force", "not in force", "pending", "no instance", "pending", "no instance", nil,
      ])
    #expect(shown[0]?["inForce"]?.text == "2023-11-14T22:13:08.500Z" && shown[0]?["missing"] == nil)
    #expect(shown[1]?["since"]?.text == "2023-11-14T22:13:08.000Z" && shown[1]?["serial"]?.int == 8)
    #expect(shown[1]?["missing"] == [["instance": "pod-2", "reason": "it cannot be reached"]])
    #expect(document["organizations"]?.elements?.first?["notInForce"]?.int == 1)
  }

  @Test func relaysAreCountedByTheirStatus() throws {
    var condition = SyncService.Condition()
    condition.head = Samples.commit("a", "Add relays")
    condition.organizations = [
      SyncService.OrganizationCondition(org: "acme", relays: 4, keys: 9, errors: 1, isPinned: true)
    ]
    condition.drifted = ["acme": 3]
    let statuses: [RelayPhase] = [.current, .current, .failed, .stopped]
    let relays = statuses.enumerated().map { number, status in
      RelayCondition(
        org: "acme", relay: "r\(number)", status: status, detail: "d\(number)",
        endpoint: [.known("h:1"), .pending, nil, nil][number],
        members: RelayCondition.Members(ready: 1, declared: number + 1))
    }
    let document = try document(condition, ["eu": relays])
    #expect(document["head"]?["author"]?.text == "Anna <anna@example.org>")
    let org = try #require(document["organizations"]?.elements?.first)
    let counts = ["relays", "keys", "errors", "current", "stopped", "inProgress", "failed", "held", "drifted"]
    #expect(counts.map { org[$0]?.int } == [4, 9, 1, 2, 1, 0, 1, 0, 3])
    #expect(org["kept"] == .bool(true))
    let shown = try #require(document["regions"]?["eu"]?["relays"]?.elements)
    #expect(shown.map { $0["status"]?.text } == ["current", "current", "failed", "stopped"])
    #expect(shown.map { $0["endpoint"]?.text } == ["h:1", nil, nil, nil])
    #expect(shown.map { $0["endpointState"]?.text } == ["known", "pending", nil, nil])
    #expect(shown.map { $0["members"]?["declared"]?.int } == [nil, 2, 3, 4])
    #expect(shown.map { $0["members"]?["ready"]?.int } == [nil, 1, 1, 1])
  }

  @Test func holdsHaveTheirDigestAndTheirReasons() throws {
    var summary = PassSummary(commit: "c0ffee")
    summary.generation = 7
    summary.held = 5
    summary.holds = [SyncPlan.Hold(org: "acme", reason: .deletionProtection(relay: "milan-1"))]
    summary.heldDigest = "0f1e2d3c4b5a6978"
    summary.heldChanges = ["acme": 5]
    summary.lastGood = ["acme": "0ld"]
    summary.failures = ["globex": "no identity"]
    var condition = SyncService.Condition()
    condition.summaries = ["eu": summary]
    condition.organizations = [SyncService.OrganizationCondition(org: "globex")]
    let document = try document(condition, ["eu": []])
    let region = try #require(document["regions"]?["eu"])
    #expect(region["applied"]?.text == "c0ffee")
    #expect(region["generation"]?.int == 7)
    #expect(region["lastGood"]?["acme"]?.text == "0ld")
    #expect(region["held"]?["digest"]?.text == "0f1e2d3c4b5a6978")
    #expect(region["held"]?["changes"]?["acme"]?.int == 5)
    let reason = try #require(region["held"]?["reasons"]?.elements?.first)
    #expect(reason["org"]?.text == "acme")
    #expect(reason["reason"]?.text?.contains("`milan-1` has deletionProtection") == true)
    // An organization that is no longer declared is shown while changes of it wait.
    let organizations = try #require(document["organizations"]?.elements)
    #expect(organizations.map { $0["org"]?.text } == ["globex", "acme"])
    #expect(organizations.map { $0["held"]?.int } == [0, 5])
    #expect(organizations[0]["failure"]?.text == "no identity")
  }
}
