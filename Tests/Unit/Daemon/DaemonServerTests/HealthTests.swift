import RelayWire
import SyncEngine
import DaemonServer
import Glibc
import Synchronization
import Testing

/// What a liveness probe learns.
@Suite struct HealthTests {
  private final class Loop: Sendable {
    let stalled = Mutex<String?>(nil)
    let port = Mutex<Int?>(nil)
  }

  @Test func aLoopThatHangsIsNotHealthy() async throws {
    let loop = Loop()
    let server = DaemonServer(
      host: "127.0.0.1", port: 0, secret: { nil }, metrics: SyncMetrics(), wake: {}, isReady: { true },
      stalled: { loop.stalled.withLock { $0 } })
    let run = Task { try await server.run { port in loop.port.withLock { $0 = port } } }
    defer { run.cancel() }
    while loop.port.withLock({ $0 }) == nil { try await Task.sleep(for: .milliseconds(5)) }
    let port = try #require(loop.port.withLock { $0 })
    #expect(try Self.get("/healthz", port).hasPrefix("HTTP/1.1 200"))
    loop.stalled.withLock { $0 = "fetching the repository" }
    let answer = try Self.get("/healthz", port)
    #expect(answer.hasPrefix("HTTP/1.1 503") && answer.contains("does not come back from fetching the repository"))
    loop.stalled.withLock { $0 = nil }
    #expect(try Self.get("/healthz", port).hasPrefix("HTTP/1.1 200"))
  }

  @Test func aLookIsCountedWhenItIsMade() {
    let metrics = SyncMetrics()
    #expect(!metrics.text.contains("\nwpex_sync_last_look_timestamp_seconds "))
    metrics.record(.passSucceeded, now: 1_700_000_000)
    #expect(metrics.text.contains("\nwpex_sync_last_look_timestamp_seconds 1700000000"))
  }

  /// A cluster that is dark for long must not hide behind one that is well.
  @Test func clustersAreCountedApart() {
    let metrics = SyncMetrics()
    #expect(metrics.text.contains("\nwpex_sync_leader 1\n"))
    metrics.setLeader(true, cluster: "a")
    metrics.setLeader(false, cluster: "b")
    metrics.record(.passSucceeded, now: 1_700_000_000, cluster: "a")
    #expect(metrics.text.contains("\nwpex_sync_leader{cluster=\"a\"} 1\nwpex_sync_leader{cluster=\"b\"} 0\n"))
    #expect(!metrics.text.contains("\nwpex_sync_leader 1\n"))
    #expect(metrics.text.contains("\nwpex_sync_last_look_timestamp_seconds{cluster=\"a\"} 1700000000"))
    #expect(!metrics.text.contains("wpex_sync_last_look_timestamp_seconds{cluster=\"b\"}"))
  }

  @Test func relaysThatAreNotInForceAreCounted() {
    let metrics = SyncMetrics()
    let relay = DeployedRelay(org: "acme", name: "milan", namespace: "x-acme")
    let applied: Int64 = 1_700_000_000_000
    metrics.record(
      .inForce(
        region: "eu", relay, RelayInForce(serial: 1, digest: "d", appliedAt: applied, inForceAt: applied + 300)),
      now: 1_700_000_001)
    #expect(metrics.text.contains(#"wpex_sync_in_force_seconds_bucket{region="eu",le="0.5"} 1"#))
    #expect(metrics.text.contains(#"wpex_sync_in_force_seconds_sum{region="eu"} 0.3"#))
    var condition = RelayCondition(org: "acme", relay: "milan", status: .current, detail: "")
    condition.inForce = RelayInForce(
      serial: 2, digest: "e", appliedAt: applied, missingSince: applied, instances: [.init("a", reason: "lost")])
    metrics.record(.health(["eu": [condition]]), now: 1_700_000_009)
    #expect(metrics.text.contains(#"wpex_sync_relays_not_in_force{region="eu"} 0"#))
    metrics.record(.health(["eu": [condition]]), now: 1_700_000_010)
    #expect(metrics.text.contains(#"wpex_sync_relays_not_in_force{region="eu"} 1"#))
  }

  private struct Refused: Error {}

  private static func get(_ path: String, _ port: Int) throws -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(clamping: port)).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected else { throw Refused() }
    let request = Array("GET \(path) HTTP/1.1\r\nHost: wpex\r\nConnection: close\r\n\r\n".utf8)
    guard write(descriptor, request, request.count) == request.count else { throw Refused() }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { break }
      answer += buffer.prefix(count)
    }
    return String(decoding: answer, as: UTF8.self)
  }
}
