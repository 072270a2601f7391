import FleetMonitoring
import RelayWire
import Synchronization
import Testing

@testable import FleetCollectors

/// Relays in several clusters.
@Suite struct SeveralRuntimesTests {
  /// A cluster that a test cuts off and brings back.
  private final class Cluster: RelayRuntime {
    let name: String
    let regions: Set<String>?
    private let placements: [RelayPlacement]
    private let isDark = Mutex(false)
    private let looks = Mutex(0)

    init(_ region: String, _ placements: [RelayPlacement]) {
      name = "cluster \(region)"
      regions = [region]
      self.placements = placements
    }

    func set(isDark: Bool) { self.isDark.withLock { $0 = isDark } }

    var problem: StatusText? { isDark.withLock { $0 } ? "it does not answer" : nil }
    var lookCount: Int { looks.withLock { $0 } }

    func view() async -> RuntimeView {
      looks.withLock { $0 += 1 }
      return RuntimeView(placements, problem: problem)
    }

    func log(of placement: RelayPlacement) async throws -> [String] { [] }
  }

  private static func placement(_ name: String, _ instance: String, _ phase: RelayPhase = .current) -> RelayPlacement {
    RelayPlacement(
      RelayID(org: "acme", name: name), in: "wpex-acme", phase, detail: StatusText(quoting: instance),
      instances: [.init(RelayInstance(instance), at: nil)])
  }

  private static func placement(_ instance: String, in namespace: String, at endpoint: String) -> RelayPlacement {
    var placement = RelayPlacement(
      RelayID(org: "acme", name: "both"), in: namespace, .current, detail: StatusText(quoting: instance),
      instances: [.init(RelayInstance(instance), at: nil)])
    placement.endpoint = .known(endpoint)
    return placement
  }

  private static func expectation(_ name: String, in regions: [String]) -> RelayExpectation {
    RelayExpectation(RelayID(org: "acme", name: name), regions: regions, namespaces: ["wpex-acme"])
  }

  @Test(.timeLimit(.minutes(1))) func aRelayOfTwoClustersIsOne() async throws {
    let north = Cluster("north", [Self.placement("both", "pod-n"), Self.placement("one", "pod-1")])
    let south = Cluster("south", [Self.placement("both", "pod-s", .failed)])
    let expected = [Self.expectation("both", in: ["north", "south"]), Self.expectation("one", in: ["north"])]
    try await withCollector([north], expecting: expected, { _ in }) { reports, collector in
      #expect(await reports.wait { $0.observations("both").last?.instances.map(\.name) == ["pod-n"] })
      // A cluster that a later commit names.
      await collector.add(south)
      #expect(await reports.wait { $0.observations("both").last?.instances.map(\.name) == ["pod-n", "pod-s"] })
      #expect(reports.observations("both").last?.phase == .failed)
      #expect(reports.observations("one").last?.instances.map(\.name) == ["pod-1"])
    }
  }

  /// Whichever cluster observes it.
  @Test(.timeLimit(.minutes(1))) func theFirstRegionHasTheEndpoint() async throws {
    let north = Cluster("north", [Self.placement("pod-n", in: "wpex-acme", at: "north:1")])
    let south = Cluster("south", [Self.placement("pod-s", in: "wpex-acme", at: "south:1")])
    let expected = Self.expectation("both", in: ["south", "north"])
    try await withCollector([north, south], expecting: [expected], { _ in }) { reports, _ in
      #expect(await reports.wait { $0.observations("both").last?.instances.map(\.name) == ["pod-s", "pod-n"] })
      #expect(reports.observations("both").last?.endpoint == .known("south:1"))
    }
  }

  /// Two regions of one cluster have namespaces of their own.
  @Test(.timeLimit(.minutes(1))) func bothNamespacesOfAClusterCount() async throws {
    let placements = [
      Self.placement("pod-n", in: "north-acme", at: "north:1"), Self.placement("pod-s", in: "wpex-acme", at: "south:1"),
    ]
    let cluster = Cluster("south", placements)
    var expected = RelayExpectation(
      RelayID(org: "acme", name: "both"), regions: ["south", "north"], namespaces: ["wpex-acme", "north-acme"])
    expected.firstNamespace = "wpex-acme"
    try await withCollector([cluster], expecting: [expected], { _ in }) { reports, _ in
      #expect(await reports.wait { $0.observations("both").last?.instances.map(\.name) == ["pod-s", "pod-n"] })
      #expect(reports.observations("both").last?.endpoint == .known("south:1"))
    }
  }

  /// A cluster that stops to answer is shown so long before its next look.
  @Test(.timeLimit(.minutes(1))) func aDarkClusterIsLookedAtAtOnceAndAlone() async throws {
    let north = Cluster("north", [Self.placement("n", "pod-n")])
    let south = Cluster("south", [Self.placement("s", "pod-s")])
    let expected = [Self.expectation("n", in: ["north"]), Self.expectation("s", in: ["south"])]
    try await withCollector([north, south], expecting: expected, { $0.interval = 3_600 }) { reports, _ in
      #expect(await reports.wait { !$0.observations("s").isEmpty && !$0.observations("n").isEmpty })
      let before = north.lookCount
      south.set(isDark: true)
      #expect(await reports.wait { $0.observations("s").last?.problem != nil })
      #expect(reports.observations("s").last?.phase == .unknown)
      #expect(reports.observations("n").last?.problem == nil && north.lookCount == before)
      south.set(isDark: false)
      #expect(await reports.wait { $0.observations("s").last?.problem == nil })
    }
  }

  @Test func thePartThatIsNotWellIsShown() {
    let well = Self.placement("r", "a")
    let failed = Self.placement("r", "b", .failed)
    #expect(RelayPlacement.joined([]) == nil)
    for parts in [[well, failed], [failed, well]] {
      let whole = RelayPlacement.joined(parts)
      #expect(whole?.phase == .failed && whole?.detail.text == "b" && whole?.instances.count == 2)
    }
  }
}
