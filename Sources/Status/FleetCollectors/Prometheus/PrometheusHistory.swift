import AsyncHTTPClient
package import FleetMonitoring
import FoundationEssentials
import NIOCore
import NIOHTTP1
import TextFormats

/// Histories that a Prometheus has kept, of any length that it keeps.
package struct PrometheusHistory: Sendable {
  /// Labels that name organization and relay on the relays' own metrics. The rendered PodMonitors give these.
  package struct Labels: Sendable {
    package var org = "wpex_io_org"
    package var relay = "wpex_io_relay"
    package init() {}
  }

  private let server: String
  private let token: String?
  private let labels: Labels
  private let http: HTTPClient

  private static let patience = 10.0
  private static let largestAnswer = 8 << 20
  /// Points that Prometheus gives for one query are 11,000; a chart has no use for more than these.
  private static let mostPoints = 720

  /// - Parameters:
  ///   - server: such as `http://prometheus.monitoring:9090`, without a slash at the end.
  ///   - token: for `Authorization: Bearer`.
  package init(server: String, token: String? = nil, labels: Labels = Labels()) {
    self.server = server
    self.token = token
    self.labels = labels
    http = HTTPClient(
      eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))
  }

  package func shutDown() async { try? await http.shutdown() }

  /// Why there is no history.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// The history of a relay, of an organization, or of everything.
  ///
  /// - Parameters:
  ///   - seconds: how far back.
  ///   - now: seconds since 1970.
  /// - Throws: `Failure`.
  package func series(
    _ metric: HistoryMetric, org: String? = nil, relay: String? = nil, last seconds: Double, now: Double
  ) async throws(Failure) -> HistorySeries {
    let step = Self.step(seconds)
    let end = (now / step).rounded(.down) * step
    let start = end - (max(step, seconds) / step).rounded(.up) * step
    let query = PrometheusQuery.text(metric, org: org, relay: relay, labels)
    let url =
      "\(server)/api/v1/query_range?query=\(URLText.escaped(query))&start=\(Int64(start))&end=\(Int64(end))&step=\(Int64(step))"
    let points = try await points(url)
    let count = Int((end - start) / step) + 1
    var values = [Double?](repeating: nil, count: count)
    for (time, value) in points {
      let place = ((time - start) / step).rounded()
      if place >= 0, place < Double(count), value.isFinite { values[Int(place)] = value }
    }
    return HistorySeries(metric: metric, start: start, step: step, values: values)
  }

  /// A step that keeps the points few, in whole multiples of what people read.
  static func step(_ seconds: Double) -> Double {
    let steps: [Double] = [10, 30, 60, 300, 900, 3_600, 21_600]
    return steps.first { seconds / $0 <= Double(mostPoints) } ?? 86_400
  }

  private func points(_ url: String) async throws(Failure) -> [(Double, Double)] {
    do {
      let (status, bytes) = try await Deadline.within(Self.patience) { () -> (UInt, [UInt8]) in
        var request = HTTPClientRequest(url: url)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        let response = try await http.execute(request, timeout: .milliseconds(Int64(Self.patience * 1_000)))
        let body = try await response.body.collect(upTo: Self.largestAnswer)
        return (UInt(response.status.code), Array(body.readableBytesView))
      }
      guard let json = try? JSON(parsing: bytes), json["status"]?.text == "success" else {
        let reason = (try? JSON(parsing: bytes))?["error"]?.text ?? "status \(status)"
        throw Failure(description: "Prometheus at \(server) refuses: \(reason.prefix(300))")
      }
      return (json["data"]?["result"]?.elements?.first?["values"]?.elements ?? []).compactMap { pair in
        guard let parts = pair.elements, parts.count == 2, let value = parts[1].text.flatMap(Double.init) else {
          return nil
        }
        switch parts[0] {
        case .integer(let time): return (Double(time), value)
        case .number(let time): return (time, value)
        default: return nil
        }
      }
    } catch let failure as Failure {
      throw failure
    } catch is Deadline.Passed {
      throw Failure(description: "Prometheus at \(server) does not answer within \(Self.patience) s")
    } catch {
      throw Failure(description: "Prometheus at \(server) cannot be asked: \(error)")
    }
  }
}
