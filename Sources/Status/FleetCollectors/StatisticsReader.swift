import AsyncHTTPClient
package import FleetMonitoring
import KubernetesClient
import NIOCore
import NIOHTTP1
import RelayWire
import TextFormats

/// Client for relays' statistics.
///
/// Relays are not trusted: responses are bounded in size and time, and redirects are not followed.
package struct StatisticsReader: Sendable {
  private let http: HTTPClient
  private let options: CollectorOptions

  private static let path = "/api/v1/stats"

  /// Creates a client with timeouts from the options.
  package init(_ options: CollectorOptions) {
    self.options = options
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.timeout = .init(
      connect: .milliseconds(Int64(options.timeout * 1_000)), read: .milliseconds(Int64(options.timeout * 1_000)))
    // Do not keep a connection to each of thousands of relays open: the next poll is seconds away.
    configuration.connectionPool = .init(idleTimeout: .milliseconds(500))
    http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  /// Closes all connections. Call it once, at the end.
  package func shutDown() async { try? await http.shutdown() }

  /// Queries an instance. Every failure is reported as `RelayInstance.Answer.silent`.
  package func ask(_ place: StatisticsPlace) async -> RelayInstance.Answer {
    do {
      let (status, bytes) = try await Deadline.within(options.timeout) { try await answer(place) }
      guard status == 200 else { return .silent(StatusText(.answerStatus, ["status": .integer(Int(status))])) }
      guard let statistics = RelayStatistics(parsing: bytes) else {
        return .silent([Statement(.answerUnknown)])
      }
      return .statistics(statistics)
    } catch is Deadline.Passed {
      return .silent(StatusText(.noAnswer, ["seconds": .measured(options.timeout)]))
    } catch is NIOTooManyBytesError {
      return .silent(StatusText(.answerTooLong, ["bytes": .integer(options.maxAnswerBytes)]))
    } catch let failure as KubernetesClientError {
      return .silent(StatusText(quoting: failure.description))
    } catch let error as HTTPClientError
      where [.connectTimeout, .readTimeout, .deadlineExceeded].contains(error)
    {
      return .silent(StatusText(.noAnswer, ["seconds": .measured(options.timeout)]))
    } catch let error as HTTPClientError {
      return .silent(StatusText(.connectionLost, ["error": .string(error.shortDescription)]))
    } catch {
      return .silent(StatusText(.connectionFailed, ["error": .string("\(error)")]))
    }
  }

  private func answer(_ place: StatisticsPlace) async throws -> (UInt, [UInt8]) {
    switch place {
    case .http(let address):
      var request = HTTPClientRequest(url: "http://\(address)\(Self.path)")
      request.headers.add(name: "User-Agent", value: "wpex-status")
      request.headers.add(name: "Connection", value: "close")
      let response = try await http.execute(request, timeout: .milliseconds(Int64(options.timeout * 1_000)))
      let body = try await response.body.collect(upTo: options.maxAnswerBytes)
      return (UInt(response.status.code), Array(body.readableBytesView))
    case .pod(let client, let namespace, let name):
      return try await client.bytes(
        "/api/v1/namespaces/\(namespace)/pods/\(name):8080/proxy\(Self.path)", limit: options.maxAnswerBytes,
        timeout: options.timeout)
    }
  }
}
