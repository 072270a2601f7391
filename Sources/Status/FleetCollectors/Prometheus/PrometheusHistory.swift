import AsyncHTTPClient
package import FleetMonitoring
import FoundationEssentials
import NIOCore
import NIOHTTP1
import TextFormats

/// Histories kept by a Prometheus server, as far back as its retention.
package struct PrometheusHistory: Sendable {
  /// Names of the labels for organization and relay on the relays' own metrics.
  ///
  /// The defaults match the rendered PodMonitors.
  package struct Labels: Sendable {
    /// Label with the organization's name.
    package var org = "wpex_io_org"
    /// Label with the relay's name.
    package var relay = "wpex_io_relay"
    /// Creates the default labels.
    package init() {}
  }

  private let server: String
  private let token: String?
  private let labels: Labels
  private let http: HTTPClient

  /// Timeout of a query, in seconds.
  private static let timeout = 10.0
  /// Size of the largest response accepted, in bytes.
  private static let maxAnswerBytes = 8 << 20
  /// Most points in a series. Prometheus permits 11,000 per query, but a chart has no use for more than this.
  private static let maxPoints = 720

  /// Creates a client.
  ///
  /// - Parameters:
  ///   - server: base URL without a trailing slash, such as `http://prometheus.monitoring:9090`.
  ///   - token: bearer token; nil for none.
  ///   - labels: labels for organization and relay.
  package init(server: String, token: String? = nil, labels: Labels = Labels()) {
    self.server = server
    self.token = token
    self.labels = labels
    http = HTTPClient(
      eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))
  }

  /// Closes all connections. Call it once, at the end.
  package func shutDown() async { try? await http.shutdown() }

  /// Why a history cannot be read.
  package struct Failure: Error, CustomStringConvertible {
    /// Description for people.
    package let description: String
  }

  /// Returns the history of a relay, of an organization, or of the whole platform.
  ///
  /// - Parameters:
  ///   - metric: metric to read.
  ///   - org: organization; nil for the platform.
  ///   - relay: relay of the organization; nil for all.
  ///   - seconds: length of the range.
  ///   - now: end of the range, in seconds since 1970.
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

  /// Returns the smallest customary step that keeps the number of points within bounds.
  static func step(_ seconds: Double) -> Double {
    let steps: [Double] = [10, 30, 60, 300, 900, 3_600, 21_600]
    return steps.first { seconds / $0 <= Double(maxPoints) } ?? 86_400
  }

  private func points(_ url: String) async throws(Failure) -> [(Double, Double)] {
    do {
      let (status, bytes) = try await Deadline.within(Self.timeout) { () -> (UInt, [UInt8]) in
        var request = HTTPClientRequest(url: url)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        let response = try await http.execute(request, timeout: .milliseconds(Int64(Self.timeout * 1_000)))
        let body = try await response.body.collect(upTo: Self.maxAnswerBytes)
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
      throw Failure(description: "Prometheus at \(server) does not answer within \(Self.timeout) s")
    } catch {
      throw Failure(description: "Prometheus at \(server) cannot be asked: \(error)")
    }
  }
}
