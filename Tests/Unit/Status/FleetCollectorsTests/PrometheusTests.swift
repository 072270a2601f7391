import FleetMonitoring
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import FleetCollectors

/// A real Prometheus that scrapes a real relay, and the fleet's own metrics.
@Suite struct PrometheusTests {
  /// Prometheus, running with a configuration until it is ended.
  private final class Prometheus {
    let server: String
    private let process: Int32

    init(scraping jobs: String, folder: String) throws {
      let program = try #require(ExternalCommand.path(of: "prometheus"), "install prometheus: run scripts/setup")
      let port = FreePort.tcp()
      server = "http://127.0.0.1:\(port)"
      let configuration = "global: { scrape_interval: 1s }\nscrape_configs:\n\(jobs)"
      try ExternalCommand.write(Array(configuration.utf8), to: folder + "/prometheus.yml")
      let arguments = [
        program, "--config.file=\(folder)/prometheus.yml", "--storage.tsdb.path=\(folder)/data",
        "--web.listen-address=127.0.0.1:\(port)", "--log.level=error",
      ]
      var argv = arguments.map { strdup($0) }
      defer { for text in argv { free(text) } }
      argv.append(nil)
      var child: pid_t = 0
      guard posix_spawn(&child, program, nil, nil, argv, environ) == 0 else { throw RelayProcess.Refused() }
      process = child
    }

    func end() {
      kill(process, SIGKILL)
      var status: Int32 = 0
      waitpid(process, &status, 0)
    }
  }

  @Test(.timeLimit(.minutes(2))) func keepsWhatRelaysCount() async throws {
    let relay = try await RelayProcess(keys: [RelayProcess.key(7)])
    defer { relay.end() }
    let health = #"wpex_fleet_relay_health{org="acme",relay="milan",region="eu"} 84"# + "\n"
    let fleet = try await FaultyServer(
      .answer(FaultyServer.http(Array(health.utf8), headers: "Content-Type: text/plain; version=0.0.4\r\n")))
    try await ExternalCommand.withFolder { folder in
      let prometheus = try Prometheus(
        scraping: """
            - job_name: relays
              static_configs:
                - targets: ["127.0.0.1:\(relay.statistics)"]
                  labels: { wpex_io_org: acme, wpex_io_relay: milan }
            - job_name: fleet
              honor_labels: true
              static_configs: [{ targets: ["127.0.0.1:\(fleet.port)"] }]
          """, folder: folder)
      defer { prometheus.end() }
      let history = PrometheusHistory(server: prometheus.server)
      func last(_ metric: HistoryMetric, org: String? = "acme", relay: String? = "milan") async -> Double? {
        let now = Date.now.timeIntervalSince1970 + 10
        let series = try? await history.series(metric, org: org, relay: relay, last: 300, now: now)
        #expect(series.map { $0.step == 10 && $0.values.count == 31 } ?? true)
        return series?.values.last { $0 != nil } ?? nil
      }
      // Every byte to the port is received and counted; a datagram of one is not a message.
      for _ in 0..<1_200 {
        _ = await PortProbe.shared.look(["127.0.0.1:\(relay.port)"])
        if await last(.receivedBitsPerSecond) ?? 0 > 0, await last(.health) != nil { break }
      }
      #expect(await last(.sessions) == 0)
      #expect(await last(.connectedPeers) == 0)
      #expect(await last(.health) == 84)
      #expect(await last(.health, relay: nil) == 84)
      #expect(await last(.receivedBitsPerSecond) ?? 0 > 0)
      #expect(await last(.forwardedBitsPerSecond) == 0)
      #expect(await last(.handshakeRate, org: nil, relay: nil) == 0)
      // Without an attempt there is no success to tell of.
      #expect(await last(.handshakeSuccess) == nil)
      #expect(await last(.sessions, org: "other") == nil)
      #expect(await last(.sessions, org: #"x"} or vector(1) or up{a=""#) == nil)
      await history.shutDown()
    }
    await fleet.stop()
  }

  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      ("<html>", "200 OK", "refuses: status 200"),
      (#"{"status":"error","error":"query timed out"}"#, "503 Service Unavailable", "refuses: query timed out"),
      ("", "401 Unauthorized", "refuses: status 401"),
    ])
  func saysWhyThereIsNone(_ body: String, _ status: String, _ words: String) async throws {
    let server = try await FaultyServer(.answer(FaultyServer.http(Array(body.utf8), status: status)))
    let history = PrometheusHistory(server: "http://127.0.0.1:\(server.port)")
    do {
      _ = try await history.series(.health, last: 300, now: 1_000)
      Issue.record("an answer that is none was taken")
    } catch {
      #expect(error.description.contains(words), "\(error)")
    }
    await history.shutDown()
    await server.stop()
  }

  @Test func answersOfAnyShapeDoNotTrap() async throws {
    for values in ["5", "[[1]]", #"[["x","y"]]"#, #"[[1e308,"NaN"],[-1e308,"1"],[990,"+Inf"],[990.0,"7"]]"#] {
      let text = #"{"status":"success","data":{"result":[{"values":\#(values)}]}}"#
      let server = try await FaultyServer(.answer(FaultyServer.http(Array(text.utf8))))
      let history = PrometheusHistory(server: "http://127.0.0.1:\(server.port)")
      let series = try await history.series(.health, last: 300, now: 1_000)
      #expect(series.values.compactMap { $0 } == (values.contains("990") ? [7] : []))
      await history.shutDown()
      await server.stop()
    }
  }
}
