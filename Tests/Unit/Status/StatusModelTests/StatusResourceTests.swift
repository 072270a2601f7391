import ConfigCompiler
import ConfigModel
import Diagnostics
import FleetMonitoring
import KeyBundles
import RelayWire
import RepositorySupport
import Testing
import TextFormats

@testable import StatusModel

/// Answers of the API as values: access, pages and faults of parameters.
@Suite struct StatusResourceTests {
  private static func seal(_ byte: UInt8 = 7) throws -> CursorCipher {
    try CursorCipher(secret: SecretBytes(copying: [UInt8](repeating: byte, count: 32)))
  }

  /// The answer for a viewer of the examples' base: `acme` has two keys and a relay, `globex` has a key.
  private func answer(
    _ name: String, _ path: [String: String] = [:], _ query: [(String, String)] = [], for rights: Rights,
    fleet: Fleet = Fleet(), seal: CursorCipher? = nil
  ) async throws -> JSON {
    let resource = try #require(StatusResource.all.first { $0.name == name })
    let snapshot = StatusSnapshot(
      .init(
        model: DeclaredModel(await MemoryRepository(Example([])).compile(), now: 1_780_000_000), fleet: fleet,
        time: Self.time,
        installation: Installation(version: "1", hasAudit: false)),
      after: nil)
    let arguments = try Arguments(
      path: path, query: query.map { (name: $0.0, value: $0.1) }, parameters: resource.parameters,
      seal: try seal ?? Self.seal())
    return try await resource.respond(
      to: ResourceRequest(
        viewer: Viewer(kind: .user, rights: rights, method: "token"), sight: VisibleSnapshot(Scope(rights), snapshot),
        arguments: arguments, audit: nil))
  }

  private static let time = 1_780_000_000.0
  private static let everywhere = Rights(user: UserID(org: nil, name: "a"), everywhere: Set(Permission.allCases))
  private static let acme = Rights(user: UserID(org: "acme", name: "a"), inOrganization: [.relaysRead])
  private static let nobody = Rights(user: UserID(org: "acme", name: "a"))

  private func names(_ page: JSON) -> [String] {
    (page["items"]?.elements ?? []).map { "\($0["org"]?.text ?? "")/\($0["name"]?.text ?? "")" }
  }

  // MARK: - Access

  @Test func aMissingPermissionIsNamed() async {
    await #expect(throws: Refusal.forbidden(.relaysRead)) { try await answer("listKeys", for: Self.nobody) }
  }

  /// Otherwise a viewer could find out what others have.
  @Test func whatIsHiddenLooksLikeWhatIsMissing() async {
    for path in [["org": "globex", "name": "office"], ["org": "acme", "name": "none"], ["org": "none", "name": "x"]] {
      await #expect(throws: Refusal.notFound) { try await answer("getKey", path, for: Self.acme) }
    }
    await #expect(throws: Never.self) {
      try await answer("getKey", ["org": "acme", "name": "headquarters"], for: Self.acme)
    }
  }

  @Test func aListHasOnlyWhatAViewerMaySee() async throws {
    let own = try await answer("listKeys", for: Self.acme)
    #expect(names(own) == ["acme/headquarters", "acme/warehouse-1"])
    #expect(own["total"]?.int == 2)
    let all = try await answer("listKeys", for: Self.everywhere)
    #expect(names(all) == ["acme/headquarters", "acme/warehouse-1", "globex/office"])
  }

  // MARK: - Members

  /// Two processes of acme's relay: the peer `headquarters` is at home at the second.
  private static func fleetOfTwo(_ relay: RelayID) -> Fleet {
    func process(_ number: Int?, _ own: String, _ other: String) -> RelayInstance {
      var statistics = RelayStatistics()
      statistics.cluster = RelayStatistics.Cluster(
        member: own, ready: true, homes: 1, lost: 0,
        members: [
          RelayStatistics.Cluster.Member(
            member: other, address: "127.0.0.1:7000", state: "alive", roundTripMilliseconds: 0.25, agrees: true,
            homes: 1)
        ])
      var peer = RelayStatistics.Peer(name: "headquarters", state: .connected)
      peer.member = "b"
      statistics.peers = [peer]
      return RelayInstance(
        number.map { "process \($0)" } ?? "no process", kind: .process(number), answer: .statistics(statistics))
    }
    var fleet = Fleet()
    fleet.expect(
      FleetExpectation(relays: [RelayExpectation(relay, regions: ["eu"], replicas: 3, keys: ["headquarters"])]),
      at: time)
    var observation = RelayObservation(
      relay, time: time, phase: .current, instances: [process(41, "a", "b"), process(42, "b", "a")])
    observation.instances.append(RelayInstance("no process", kind: .process(nil), isReady: false))
    fleet.observe(observation)
    return fleet
  }

  @Test func aReportSaysWhatIsInForce() {
    let report = SyncReport(
      document: [
        "version": 1,
        "regions": [
          "eu": [
            "relays": [
              [
                "org": "acme", "relay": "milan",
                "inForce": [
                  "state": "not in force", "serial": 7, "applied": "1970-01-01T00:01:00.250Z",
                  "since": "1970-01-01T00:01:00.250Z", "instances": 2,
                  "missing": [["instance": "pod-2", "reason": "it cannot be reached"], ["reason": "no list"]],
                ],
              ],
              ["org": "acme", "relay": "rome"], ["org": "acme", "relay": "turin", "inForce": ["state": "strange"]],
            ]
          ]
        ],
      ])
    let expected = RelayEnforcement(
      .notInForce, serial: 7, applied: 60.25, since: 60.25, instances: 2,
      missing: [.init(instance: "pod-2", reason: "it cannot be reached"), .init(instance: nil, reason: "no list")])
    #expect(report?.observation.inForce == [RelayID(org: "acme", name: "milan"): expected])
  }

  @Test func membersAreShownToThoseWhoSeeTheRelay() async throws {
    let id = RelayID(org: "acme", name: "north-1")
    let path = ["org": "acme", "name": "north-1"]
    let relay = try await answer("getRelay", path, for: Self.acme, fleet: Self.fleetOfTwo(id))
    let members = try #require(relay["members"])
    #expect(members["ready"]?.int == 2 && members["expected"]?.int == 3 && members["agree"] == .bool(true))
    let items = members["items"]?.elements ?? []
    #expect(items.map { $0["state"]?.text } == ["ready", "ready", "joining"])
    #expect(items.map { $0["number"]?.text } == ["a", "b", nil])
    #expect(items.map { $0["instance"]?["kind"]?.text } == ["process", "process", "process"])
    #expect(items.map { $0["instance"]?["process"]?.int } == [41, 42, nil])
    #expect(items.map { $0["homes"]?.int } == [1, 1, nil] && items.map { $0["agrees"] } == [true, true, .null])
    #expect(items[0]["roundTripMilliseconds"] == .number(0.25))
    // How members reach each other is nobody's business.
    #expect(!relay.text(.compact).contains("127.0.0.1:7000"))
    #expect((relay["instances"]?.elements ?? []).map { $0["process"]?.int } == [41, 42, nil])
    #expect(relay["peers"] == .null)
    let seen = try await answer("getRelay", path, for: Self.everywhere, fleet: Self.fleetOfTwo(id))
    let peers = seen["peers"]?["items"]?.elements ?? []
    #expect(peers.first?["key"]?.text == "headquarters" && peers.first?["home"]?["process"]?.int == 42)
    let plain = try await answer("getRelay", path, for: Self.everywhere)
    #expect(plain["members"] == .null)
  }

  // MARK: - Pages

  @Test(arguments: ["id", "-id"])
  func pagesTogetherAreTheWholeList(_ order: String) async throws {
    let whole = names(try await answer("listKeys", [:], [("sort", order)], for: Self.everywhere))
    var found: [String] = []
    var cursor: String? = ""
    var pages = 0
    while let next = cursor, pages < 10 {
      let page = try await answer(
        "listKeys", [:], [("limit", "1"), ("sort", order), ("cursor", next)], for: Self.everywhere)
      found += names(page)
      #expect(page["total"]?.int == 3)
      cursor = page["next"]?.text
      pages += 1
    }
    #expect(pages == 3)
    #expect(found == whole)
    #expect(Set(found).count == 3)
  }

  @Test func aCursorHoldsForItsListOrderAndServerOnly() async throws {
    let page = try await answer("listKeys", [:], [("limit", "1")], for: Self.everywhere)
    let cursor = try #require(page["next"]?.text)
    #expect(!cursor.contains("headquarters"))
    let fault = Refusal.badRequest([ParameterFault("cursor", "the `next` of a page with the same filters and order")])
    await #expect(throws: fault) {
      try await answer("listKeys", [:], [("cursor", cursor), ("sort", "-id")], for: Self.everywhere)
    }
    await #expect(throws: fault) {
      try await answer("listKeys", [:], [("cursor", cursor + "A")], for: Self.everywhere)
    }
    await #expect(throws: fault) {
      try await answer("listKeys", [:], [("cursor", cursor)], for: Self.everywhere, seal: try Self.seal(8))
    }
  }

  // MARK: - Parameters

  @Test func everyFaultOfAQueryIsNamed() async {
    let faults = Refusal.badRequest([
      ParameterFault("limit", "a whole number from 1 to 500"), ParameterFault("nope", "unknown parameter"),
    ])
    await #expect(throws: faults) {
      try await answer("listKeys", [:], [("limit", "0"), ("nope", "1")], for: Self.everywhere)
    }
    await #expect(throws: Refusal.badRequest([ParameterFault("limit", "given once")])) {
      try await answer("listKeys", [:], [("limit", "1"), ("limit", "2")], for: Self.everywhere)
    }
  }

  @Test(
    arguments: [
      (.integer(1...500), ["1", "500"], ["0", "501", "+1", "1.0", "", "１"]),
      (.boolean, ["true", "false"], ["TRUE", "1", ""]),
      (.choice(["a", "b"]), ["a"], ["c", "", "A"]),
      (.text(maxLength: 3), ["", "abc", "äöü"], ["abcd", "a\u{1}"]),
      (
        .commit, ["0af1", String(repeating: "a", count: 64)],
        ["0AF1", "abc", String(repeating: "a", count: 65), "zzzz"]
      ),
      (
        .time, ["2026-11-25", "2026-11-25T10:00:00Z", "2026-11-25t10:00:00.5+01:00"],
        ["2026-13-01", "yesterday", "2026-11-25T10:00:00", "2026-11-25T10:00:00+24:00"]
      ),
    ] as [(Parameter.Form, [String], [String])])
  func aValueHasTheFormOfItsParameter(_ form: Parameter.Form, _ good: [String], _ bad: [String]) {
    let parameter = Parameter("p", form, "")
    for value in good { #expect(parameter.fault(in: value) == nil, "\(value)") }
    for value in bad { #expect(parameter.fault(in: value) != nil, "\(value)") }
  }

  @Test(arguments: [
    ("1970-01-02", 86_400), ("1970-01-01T00:00:59Z", 59), ("1970-01-01T01:00:00+01:00", 0),
    ("1970-01-01T00:00:00-00:30", 1_800), ("1970-01-01T00:00:60Z", 59),
  ])
  func timesHaveOffsets(_ text: String, _ seconds: Int64) { #expect(Parameter.seconds(text) == seconds) }
}
