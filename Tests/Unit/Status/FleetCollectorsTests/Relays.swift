import FleetMonitoring
import FoundationEssentials
import Glibc
import FleetCollectors
import RelayWire
import Synchronization
import TestSupport

/// A real `wpex-relay` of the tests' own, which ends with them.
final class RelayProcess: Sendable {
  let process: Int32
  let port: Int
  let statistics: Int

  struct Refused: Error {}

  /// - Parameters:
  ///   - keys: public keys that it lets in.
  ///   - address: where it receives.
  ///   - more: further arguments.
  init(keys: [String], address: String = "127.0.0.1", _ more: [String] = []) async throws {
    port = FreePort.udp()
    statistics = FreePort.tcp()
    let arguments =
      ["--bind", address, "--port", "\(port)", "--stats", "127.0.0.1:\(statistics)", "--workers", "1"]
      + keys.flatMap { ["--allow", $0] } + more
    let path = packageRoot + "/.build/debug/wpex-relay"
    var argv = ([path] + arguments).map { strdup($0) }
    defer { for text in argv { free(text) } }
    argv.append(nil)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var child: pid_t = 0
    guard posix_spawn(&child, path, &actions, nil, argv, nil) == 0 else { throw Refused() }
    process = child
    let reader = StatisticsReader(CollectorOptions())
    for _ in 0..<200 {
      if case .statistics = await reader.ask(.http("127.0.0.1:\(statistics)")) { break }
      try await Task.sleep(for: .milliseconds(50))
    }
    await reader.shutDown()
  }

  func end(_ signal: Int32 = SIGKILL) {
    kill(process, signal)
    var status: Int32 = 0
    waitpid(process, &status, 0)
  }

  /// A public key that nobody holds.
  static func key(_ number: UInt8) -> String {
    Data([UInt8](repeating: number, count: 31) + [1]).base64EncodedString()
  }
}

/// Ports of loopback that nobody has.
enum FreePort {
  static func udp() -> Int { any(SOCK_DGRAM) }
  static func tcp() -> Int { any(SOCK_STREAM) }

  private static func any(_ kind: __socket_type) -> Int {
    let descriptor = socket(AF_INET, Int32(kind.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, length)
        _ = getsockname(descriptor, $0, &length)
      }
      return Int(UInt16(bigEndian: pointer.pointee.sin_port))
    }
  }
}

/// A runtime that knows what it was told; relays themselves are asked as ever.
struct KnownRelays: RelayRuntime {
  let name: String
  var regions: Set<String>?
  var placements: [RelayPlacement]
  var problem: StatusText?
  var lines: [String] = []
  /// Seconds before it answers.
  var pause = 0.0

  func view() async -> RuntimeView {
    if pause > 0 { try? await Task.sleep(for: .seconds(pause)) }
    return RuntimeView(placements, problem: problem)
  }

  func log(of placement: RelayPlacement) async throws -> [String] { lines }

  static func running(_ name: String, at address: String?) -> RelayPlacement {
    RelayPlacement(
      RelayID(org: "acme", name: name), .current, detail: "it runs",
      instances: [.init(RelayInstance("process"), at: address.map { .http($0) })])
  }
}

/// A runtime that has not been read yet when it is looked at for the first two times.
final class LateRelays: RelayRuntime {
  let name = "late"
  let regions: Set<String>? = nil
  private let placements: [RelayPlacement]
  private let looks = Mutex(0)

  init(_ placements: [RelayPlacement]) { self.placements = placements }

  func view() async -> RuntimeView {
    let look = looks.withLock { looks in
      looks += 1
      return looks
    }
    return look > 2 ? RuntimeView(placements) : RuntimeView([], problem: "it has not been read yet")
  }

  func log(of placement: RelayPlacement) async throws -> [String] { [] }
}

/// Keeps what a collector tells.
final class Reports: Sendable {
  private let state = Mutex((fleet: Fleet(), observations: [RelayID: [RelayObservation]]()))

  func take(_ report: FleetCollector.Report) {
    state.withLock { state in
      switch report {
      case .relay(let observation):
        state.fleet.observe(observation)
        state.observations[observation.relay, default: []].append(observation)
      case .source(let source): state.fleet.observe(source, at: Date.now.timeIntervalSince1970)
      }
    }
  }

  func expect(_ expectation: FleetExpectation) { state.withLock { $0.fleet.expect(expectation, at: 0) } }

  var fleet: Fleet { state.withLock { $0.fleet } }
  func observations(_ name: String) -> [RelayObservation] {
    state.withLock { $0.observations[RelayID(org: "acme", name: name)] ?? [] }
  }
  var relays: Int { state.withLock { $0.observations.count } }

  /// Waits until something is so.
  func wait(_ condition: @Sendable (Reports) -> Bool) async -> Bool {
    for _ in 0..<1_200 {
      if condition(self) { return true }
      try? await Task.sleep(for: .milliseconds(50))
    }
    return condition(self)
  }
}

/// Lets a collector run while `body` does.
func withCollector(
  _ runtimes: [any RelayRuntime], expecting expectations: [RelayExpectation],
  _ change: (inout CollectorOptions) -> Void,
  _ body: (Reports, FleetCollector) async throws -> Void
) async throws {
  var options = CollectorOptions()
  options.interval = 0.3
  options.timeout = 1
  options.maxPause = 2
  options.portInterval = 0
  change(&options)
  let reports = Reports()
  let expectation = FleetExpectation(relays: expectations, organizations: [OrganizationExpectation("acme")])
  reports.expect(expectation)
  let collector = FleetCollector(runtimes, options: options, now: { Date.now.timeIntervalSince1970 }) {
    reports.take($0)
  }
  await collector.expect(expectation)
  let task = Task { await collector.run() }
  do {
    try await body(reports, collector)
  } catch {
    task.cancel()
    await task.value
    throw error
  }
  task.cancel()
  await task.value
}

func expectation(_ name: String, keys: [String] = [], endpoint: String? = nil) -> RelayExpectation {
  RelayExpectation(RelayID(org: "acme", name: name), regions: ["eu"], keys: keys, endpoint: endpoint)
}
