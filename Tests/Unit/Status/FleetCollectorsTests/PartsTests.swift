import FleetMonitoring
import FoundationEssentials
import Glibc
import TextFormats
import TestSupport
import RelayWire
import Testing

@testable import FleetCollectors

@Suite struct PartsTests {
  @Test func aSilentInstanceIsAskedAfterPausesThatDouble() {
    let options = CollectorOptions()
    var silence = PollBackoff()
    var pauses: [Double] = []
    for _ in 0..<6 {
      silence.note("no answer", at: 1_000, options, share: 0)
      pauses.append(silence.due - 1_000)
    }
    #expect(pauses == [10, 20, 40, 60, 60, 60])
    #expect(!silence.isDue(at: 1_059, options))
    #expect(silence.isDue(at: 1_060, options))
    // A clock that was set back by an hour.
    #expect(silence.isDue(at: 1_000 - 3_600, options))
  }

  @Test(
    arguments: [
      ("250m", 0.25), ("64Mi", 67_108_864), ("1", 1), ("1e3", 1_000), ("12345678n", 0.012345678),
      ("1.5Gi", 1_610_612_736),
      ("", nil), ("x", nil), ("nan", nil), ("inf", nil), ("0x10", nil), ("1e999", nil),
    ] as [(String, Double?)])
  func quantities(_ text: String, _ number: Double?) { #expect(Quantity.number(text) == number) }

  @Test func momentsOfKubernetes() {
    #expect(Moment.seconds("1970-01-01T00:01:00Z") == 60)
    #expect(Moment.seconds("1970-01-01T00:01:00.123456Z") == 60)
    #expect(Moment.seconds("yesterday") == nil)
    #expect(Moment.seconds(5) == nil)
  }

  @Test func useOfAProcessWithAnyName() {
    let stat = { (ticks: Int) in
      "42 (a) b (c)) S 1 1 1 0 -1 4194560 500 0 0 0 \(ticks) 50 0 0 20 0 4 0 777 9000000 300 18446744073709551615 1 1"
    }
    let before = ProcessUsage(process: 42, stat: stat(100), at: 10)
    let after = ProcessUsage(process: 42, stat: stat(300), at: 20)
    #expect(before?.residentBytes == 300 * UInt64(sysconf(Int32(_SC_PAGESIZE))))
    #expect(before?.startedAt == 777)
    // 200 ticks of a hundredth in ten seconds.
    #expect(after.flatMap { now in before.flatMap { now.processors(since: $0) } } == 0.2)
    #expect(before.flatMap { now in after.flatMap { now.processors(since: $0) } } == nil)
    for text in ["", "42", "42 (x", "42 (x) S 1 2", "42 (x) " + String(repeating: "-1 ", count: 40)] {
      #expect(ProcessUsage(process: 42, stat: text, at: 0) == nil)
    }
    #expect((ProcessUsage(process: getpid(), at: 0)?.residentBytes ?? 0) > 1 << 20)
    #expect(ProcessUsage(process: .max, at: 0) == nil)
  }

  @Test func theEndOfALog() throws {
    try ExternalCommand.withFolder { folder in
      let path = folder + "/log"
      #expect(try LogTail.read(path) == [])
      try ExternalCommand.write(Array("one\ntwo\n\nthree".utf8), to: path)
      #expect(try LogTail.read(path) == ["one", "two", "three"])
      let many = (0..<20_000).map { "line \($0)" }.joined(separator: "\n")
      try ExternalCommand.write(Array(many.utf8), to: path)
      let lines = try LogTail.read(path)
      #expect(lines.count == LogTail.maxLines)
      #expect(lines.last == "line 19999")
      try ExternalCommand.write([UInt8](repeating: 0xFF, count: 200_000), to: path)
      #expect(try LogTail.read(path) == [])
      try ExternalCommand.write([UInt8](repeating: 0x61, count: 5_000), to: path)
      #expect(try LogTail.read(path).first?.count == 1_001)
      #expect(throws: LogTail.Unreadable.self) { try LogTail.read(folder) }
    }
  }

  /// Two platforms may have organizations and relays of the same names in one cluster.
  @Test func podsOfAnotherNamespaceAreAnotherRelays() {
    func object(_ namespace: String, _ name: String) -> JSON {
      [
        "metadata": [
          "namespace": .string(namespace), "name": .string(name),
          "labels": ["wpex.io/org": "acme", "wpex.io/relay": "milan-1"],
        ]
      ]
    }
    var state = ClusterState()
    state.replaceDeployments([object("one-acme", "milan-1")])
    state.replacePods([object("one-acme", "milan-1-a-b"), object("two-acme", "milan-1-c-d")])
    let placements = state.view { _ in nil }.placements
    #expect(placements.flatMap { $0.instances.map(\.instance.name) } == ["milan-1-a-b"])
    let relay = RelayID(org: "acme", name: "milan-1")
    #expect(state.newestPod(of: relay, in: "two-acme")?.name == "milan-1-c-d")
    #expect(state.newestPod(of: relay, in: "three-acme") == nil)
  }

  @Test(arguments: [("one-acme", "one-acme", true), ("two-acme", "one-acme", false), (nil, "one-acme", true)])
  func relaysAreMeantByTheirNamespace(_ found: String?, _ declared: String, _ isMeant: Bool) {
    let relay = RelayID(org: "acme", name: "milan-1")
    let placement = RelayPlacement(relay, in: found, .current, detail: "it runs")
    #expect(placement.isMeant(by: RelayExpectation(relay, regions: ["eu"], namespaces: [declared])) == isMeant)
    let other = RelayExpectation(RelayID(org: "acme", name: "rome-1"), regions: ["eu"], namespaces: found.map { [$0] })
    #expect(!placement.isMeant(by: other))
  }

  @Test func portsOfThisMachine() async {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, length)
        _ = getsockname(descriptor, $0, &length)
      }
    }
    let open = "127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    let closed = "127.0.0.1:\(FreePort.udp())"
    let states = await PortProbe.shared.look([closed, open, "nonsense", "127.0.0.1:99999", closed, ":", ""])
    #expect(
      states[0]
        == .unreachable(StatusText(.portUnreachable, ["endpoint": .string(closed), "error": "Connection refused"])))
    #expect(states[1] == .silent)
    #expect(states[4] == states[0])
    for place in [2, 3, 6] { #expect(states[place] == .unknown) }
    #expect(await PortProbe.shared.look([]).isEmpty)
  }

  @Test func questionsToPrometheus() {
    let labels = PrometheusHistory.Labels()
    #expect(
      PrometheusQuery.text(.receivedBitsPerSecond, org: "acme", relay: "milan", labels)
        == #"(sum(rate(wpex_relay_received_bytes_total{wpex_io_org="acme",wpex_io_relay="milan"}[5m])) - "#
        + #"(sum(rate(wpex_relay_cluster_data_bytes_total{wpex_io_org="acme",wpex_io_relay="milan","#
        + #"direction="received"}[5m])) or vector(0))) * 8"#)
    #expect(PrometheusQuery.text(.health, org: nil, relay: nil, labels) == "avg(wpex_fleet_relay_health{})")
    #expect(
      PrometheusQuery.text(.sessions, org: #"a"b\c"#, relay: nil, labels)
        == #"sum(max by (wpex_io_org,wpex_io_relay) (wpex_relay_sessions{wpex_io_org="a\"b\\c"}))"#)
    #expect([300.0, 7_200, 86_400, 2_592_000, 1e12].map(PrometheusHistory.step) == [10, 10, 300, 3_600, 86_400])
  }
}
