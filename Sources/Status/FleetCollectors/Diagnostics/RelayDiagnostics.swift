import AsyncHTTPClient
import ConfigCompiler
import FleetMonitoring
package import KubernetesClient
import NIOCore
import NIOHTTP1
package import RelayWire
import TextFormats

/// Client for a relay's diagnostics API.
///
/// Responses are bounded in size and time, and redirects are not followed.
package struct RelayDiagnostics: Sendable {
  /// Address of a relay's diagnostics API.
  package enum Place: Sendable {
    /// Plain HTTP at `host:port`, on this machine or inside a cluster.
    case http(String)
    /// The relay's Service through the API server's proxy, from anywhere; requires permission to create
    /// `services/proxy`.
    case service(KubernetesClient, namespace: String, relay: String)

    /// Returns the address of the relay's Service for use inside the cluster.
    package static func inside(namespace: String, relay: String) -> Place {
      .http("\(ObjectNames.http(relay)).\(namespace).svc:\(ClusterState.httpPort)")
    }

    /// Description for error messages.
    var description: String {
      switch self {
      case .http(let address): address
      case .service(_, let namespace, let relay): "\(ObjectNames.http(relay)) of namespace \(namespace)"
      }
    }
  }

  /// Number of pings permitted in one request.
  package static let pings = 1...20
  /// Number of hops permitted in a traceroute.
  package static let hops = 1...64
  /// Timeout permitted for one answer, in milliseconds.
  package static let timeout = 50...5_000

  /// Size of the largest response accepted, in bytes.
  private static let maxAnswerBytes = 1 << 20
  /// Seconds allowed for everything except waiting for the target, such as connecting and name resolution.
  private static let margin = 20.0
  /// Attempts at a busy relay, one second apart. Relays permit a burst of five diagnostics, then one per second.
  private static let attempts = 15

  /// Whether the user may target the provider's private networks, which tenants may not.
  package var reachesPrivate = false

  private let place: Place
  private let token: String
  private let http: HTTPClient

  /// Creates a client.
  ///
  /// - Parameters:
  ///   - place: address of the relay.
  ///   - token: bearer token from the relay's configuration.
  package init(_ place: Place, token: String) {
    self.place = place
    self.token = token
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.timeout = .init(connect: .seconds(5))
    http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  /// Closes all connections. Call it once, at the end.
  package func shutDown() async { try? await http.shutdown() }

  /// Sends pings one after another.
  ///
  /// - Parameters:
  ///   - target: host name or address.
  ///   - count: number of pings, within `pings`.
  ///   - timeout: timeout for each answer in milliseconds, within `RelayDiagnostics.patience`.
  /// - Throws: `RelayDiagnosticError`.
  package func ping(
    _ target: String, count: Int, timeout: Int
  ) async throws(RelayDiagnosticError) -> RelayStatistics.ProbeResult {
    try await run(
      "ping", ["target": .string(target), "count": .integer(count), "timeoutMilliseconds": .integer(timeout)],
      seconds: Double(count * timeout) / 1_000)
  }

  /// Traces the route to a target, with two packets per hop.
  ///
  /// - Parameters:
  ///   - target: host name or address.
  ///   - hops: longest route, within `RelayDiagnostics.hops`.
  ///   - timeout: timeout for each answer in milliseconds, within `RelayDiagnostics.patience`.
  /// - Throws: `RelayDiagnosticError`.
  package func traceroute(
    _ target: String, hops: Int, timeout: Int
  ) async throws(RelayDiagnosticError) -> RelayStatistics.ProbeResult {
    try await run(
      "traceroute", ["target": .string(target), "maxHops": .integer(hops), "timeoutMilliseconds": .integer(timeout)],
      seconds: Double(hops * 2 * timeout) / 1_000)
  }

  private func run(
    _ what: String, _ body: JSON, seconds: Double
  ) async throws(RelayDiagnosticError) -> RelayStatistics.ProbeResult {
    for attempt in 1...Self.attempts {
      do {
        return try result(of: try await ask(what, asking(body), seconds: seconds + Self.margin))
      } catch  where error.kind == .busy && attempt < Self.attempts {
        do { try await Task.sleep(for: .seconds(1)) } catch { break }
      }
    }
    throw RelayDiagnosticError(.busy, "the relay runs few measurements at a time, and others are under way")
  }

  /// Returns the body with the members that require a permission.
  private func asking(_ body: JSON) -> JSON {
    guard reachesPrivate, case .object(var members) = body else { return body }
    members["privateTargets"] = true
    return .object(members)
  }

  private func ask(
    _ what: String, _ body: JSON, seconds: Double
  ) async throws(RelayDiagnosticError) -> (status: UInt, bytes: [UInt8]) {
    do {
      return try await Deadline.within(seconds) { try await answer("/api/v1/diagnostics/\(what)", body, seconds) }
    } catch is Deadline.Passed {
      throw RelayDiagnosticError(.unreachable, "\(place.description) does not answer within \(Int(seconds)) s")
    } catch is NIOTooManyBytesError {
      throw RelayDiagnosticError(.strange, "\(place.description) answers more than \(Self.maxAnswerBytes) bytes")
    } catch let failure as KubernetesClientError {
      throw RelayDiagnosticError(.unreachable, failure.description)
    } catch let error as HTTPClientError {
      throw RelayDiagnosticError(.unreachable, "\(place.description) does not answer: \(error.shortDescription)")
    } catch {
      throw RelayDiagnosticError(.unreachable, "nothing answers at \(place.description)")
    }
  }

  private func answer(_ path: String, _ body: JSON, _ seconds: Double) async throws -> (status: UInt, bytes: [UInt8]) {
    switch place {
    case .http(let address):
      var request = HTTPClientRequest(url: "http://\(address)\(path)")
      request.method = .POST
      request.headers.add(name: "User-Agent", value: "wpex-diag")
      request.headers.add(name: "Authorization", value: "Bearer \(token)")
      request.headers.add(name: "Content-Type", value: "application/json")
      request.headers.add(name: "Connection", value: "close")
      request.body = .bytes(ByteBuffer(string: body.text(.compact)))
      // The client's timeout is later than `Deadline`'s, which gives the better message.
      let response = try await http.execute(request, timeout: .milliseconds(Int64((seconds + 5) * 1_000)))
      let bytes = try await response.body.collect(upTo: Self.maxAnswerBytes)
      return (UInt(response.status.code), Array(bytes.readableBytesView))
    case .service(let client, let namespace, let relay):
      return try await client.exchange(
        .post, "/api/v1/namespaces/\(namespace)/services/\(ObjectNames.http(relay)):http/proxy\(path)", body: body,
        headers: ["X-Relay-Token": token], limit: Self.maxAnswerBytes, timeout: seconds)
    }
  }

  private func result(
    of answer: (status: UInt, bytes: [UInt8])
  ) throws(RelayDiagnosticError) -> RelayStatistics.ProbeResult {
    let json = try? JSON(parsing: answer.bytes)
    let words = UntrustedText(hiding: token)
    if json?["kind"]?.text == "Status" {
      let reason = words.line(json?["message"]?.text ?? "status \(answer.status)")
      throw RelayDiagnosticError(.unreachable, "the API server does not lead to \(place.description): \(reason)")
    }
    let reason = words.line(json?["detail"]?.text ?? "no reason given")
    switch answer.status {
    case 200: break
    case 400: throw RelayDiagnosticError(.refused, reason)
    case 401, 403: throw RelayDiagnosticError(.unauthorized, reason)
    case 429: throw RelayDiagnosticError(.busy, reason)
    default: throw RelayDiagnosticError(.strange, "\(place.description) answers status \(answer.status): \(reason)")
    }
    // The response has the form of a probe in the statistics.
    let statistics: JSON = ["probes": [["name": "", "last": json ?? .null]]]
    guard var found = RelayStatistics(parsing: statistics.canonicalBytes)?.probes.first, found.reached != nil else {
      throw RelayDiagnosticError(
        .strange, "what answers at \(place.description) is not a relay: another program has its port")
    }
    found.failure = found.failure.map(words.line)
    found.address = found.address.map(words.line)
    for index in found.hops.indices { found.hops[index].address = found.hops[index].address.map(words.line) }
    return found
  }
}
