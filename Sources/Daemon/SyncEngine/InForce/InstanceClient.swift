import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ProcessSupport
package import RelayWire

/// HTTP client for relays' instances that are reached directly.
///
/// Relays are not trusted: answers are bounded in size and time, and redirects are not followed.
package struct InstanceClient: Sendable {
  private let http: HTTPClient

  /// Largest answer in bytes.
  package static let maxAnswerBytes = 64 << 10

  /// The only instance. It lives as long as the program.
  package static let shared = InstanceClient()

  private init() {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.timeout = .init(connect: .seconds(2))
    configuration.connectionPool = .init(idleTimeout: .milliseconds(500))
    http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  /// Sends a request to the instance at `HOST:PORT`.
  ///
  /// - Returns: The body of the answer.
  /// - Throws: `InstanceChannel.Failure`.
  package func send(
    _ request: DeclarationExchange.Request, to address: String, seconds: Double
  ) async throws(InstanceChannel.Failure) -> [UInt8] {
    do {
      var post = HTTPClientRequest(url: "http://\(address)\(DeclarationExchange.path)")
      post.method = .POST
      post.headers.add(name: DeclarationExchange.header, value: request.seal)
      post.headers.add(name: "Content-Type", value: "application/octet-stream")
      post.headers.add(name: "User-Agent", value: "wpex-sync")
      post.body = .bytes(ByteBuffer(bytes: request.body))
      let response = try await http.execute(post, timeout: .milliseconds(Int64(seconds * 1_000)))
      let body = try await response.body.collect(upTo: Self.maxAnswerBytes)
      return try Self.body(Array(body.readableBytesView), status: UInt(response.status.code))
    } catch let failure as InstanceChannel.Failure {
      throw failure
    } catch is NIOTooManyBytesError {
      throw InstanceChannel.Failure("it answers more than \(Self.maxAnswerBytes) bytes")
    } catch let error as HTTPClientError {
      throw InstanceChannel.Failure("it cannot be reached: \(error.shortDescription)")
    } catch {
      throw InstanceChannel.Failure("it cannot be reached")
    }
  }

  /// Returns the body of a relay's answer.
  ///
  /// - Throws: `InstanceChannel.Failure` that says what the status means.
  package static func body(_ bytes: [UInt8], status: UInt) throws(InstanceChannel.Failure) -> [UInt8] {
    switch status {
    case 200: return bytes
    case 401, 403: throw InstanceChannel.Failure("it has another token than the one that was applied")
    case 404, 405: throw InstanceChannel.Failure("it takes no declarations: its program is of an earlier version")
    default: throw InstanceChannel.Failure("it answers status \(status)")
    }
  }
}
