import AsyncHTTPClient
import FleetCollectors
package import FleetMonitoring
import FoundationEssentials
import NIOCore
import NIOHTTP1
import ProcessSupport
import StatusAuthentication
import TextFormats

/// Server that has relays measure for users: the daemon of a cluster, or `wpex up`. It needs an API token, and nothing
/// else.
package struct MeasuringServer: Sendable {
  /// Environment variable with the server's address.
  package static let variable = "WPEX_SERVER"

  private let address: String
  private static let maxAnswerBytes = 1 << 20
  /// Seconds without a byte after which the server is given up. It sends one every five seconds.
  private static let silence: Int64 = 30
  /// Seconds for everything but the relay's waiting for answers.
  private static let margin = 300

  /// - Parameter address: Such as `https://wpex.example.org`; http only on this machine.
  /// - Throws: `NetworkMeasurementError` if a token must not be sent there.
  package init(_ address: String) throws(NetworkMeasurementError) {
    guard SafeURL.isAllowed(address), !address.contains("?") else {
      throw NetworkMeasurementError(
        .usage, "the server must be an https address, such as https://wpex.example.org; http is only for this machine")
    }
    self.address = address.hasSuffix("/") ? String(address.dropLast()) : address
  }

  /// Asks the server to have a relay measure.
  ///
  /// - Parameters:
  ///   - tokenFile: File with the caller's API token; `-` is standard input, nil is `WPEX_TOKEN`.
  ///   - environment: The environment's variables.
  /// - Throws: `NetworkMeasurementError`, or `FileAccessError` if the token's file cannot be read.
  package func measure(
    _ order: MeasuringOrder, from relay: RelayID, tokenFile: String?,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) async throws -> MeasuringReport {
    guard let token = try MeasuringToken.read(tokenFile, environment) else { throw MeasuringToken.isRequired }
    let text = String(decoding: token, as: UTF8.self)
    guard text.utf8.allSatisfy({ $0 < 0x7F }) else { throw NetworkMeasurementError(.usage, "the token is not ASCII") }
    let answer: (status: UInt, bytes: [UInt8])
    do {
      answer = try await SignalledRun.value { try await ask(order, relay, text) }
    } catch is SignalledRun.Interrupted {
      throw NetworkMeasurementError(.failed, "interrupted before the relay was done")
    } catch let failure as NetworkMeasurementError {
      throw failure
    } catch is NIOTooManyBytesError {
      throw NetworkMeasurementError(.failed, "\(address) answers more than \(Self.maxAnswerBytes) bytes")
    } catch let error as HTTPClientError {
      throw NetworkMeasurementError(.failed, "\(address) does not answer: \(error.shortDescription)")
    } catch {
      throw NetworkMeasurementError(.failed, "\(address) cannot be reached")
    }
    return try report(answer, order, relay, UntrustedText(hiding: text))
  }

  private func ask(
    _ order: MeasuringOrder, _ relay: RelayID, _ token: String
  ) async throws -> (status: UInt, bytes: [UInt8]) {
    // The token must not follow a redirect to another host.
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.timeout = .init(connect: .seconds(10), read: .seconds(Self.silence))
    let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    var request = HTTPClientRequest(url: "\(address)/api/v1/relays/\(relay.org)/\(relay.name)/measurements")
    request.method = .POST
    request.headers.add(name: "User-Agent", value: "wpex-diag")
    request.headers.add(name: "Authorization", value: "Bearer \(token)")
    request.headers.add(name: "Content-Type", value: "application/json")
    request.body = .bytes(ByteBuffer(string: order.json.text(.compact)))
    let seconds = Int64(order.longestSeconds + Self.margin)
    return try await withCleanup(
      { try? await http.shutdown() },
      after: { [request] in
        let response = try await http.execute(request, timeout: .seconds(seconds))
        let bytes = try await response.body.collect(upTo: Self.maxAnswerBytes)
        return (UInt(response.status.code), Array(bytes.readableBytesView))
      })
  }

  /// Returns the result in an answer.
  ///
  /// - Throws: `NetworkMeasurementError` if it is a problem, or nothing that a server of wpex answers.
  func report(
    _ answer: (status: UInt, bytes: [UInt8]), _ order: MeasuringOrder, _ relay: RelayID, _ words: UntrustedText
  ) throws(NetworkMeasurementError) -> MeasuringReport {
    let json = try? JSON(parsing: answer.bytes.drop { $0 == UInt8(ascii: "\n") })
    if answer.status == 200, let json, let report = MeasuringReport(json, of: order, from: relay, words) {
      return report
    }
    // A result that began as such may end as a problem, which has a status of its own.
    let kind = json?["type"]?.text ?? ""
    guard kind.hasPrefix("https://wpex.io/problems/"), let detail = json?["detail"]?.text,
      let status = json?["status"]?.int, !(status == 404 && kind.hasSuffix("/not-found")), status != 405
    else {
      throw NetworkMeasurementError(
        .failed,
        "\(address) answers status \(answer.status), and takes no measurements: name the address of `wpex up`, or of a "
          + "daemon with the setting `http.measurements`")
    }
    let isRefusal = [401, 403, 404, 422].contains(status)
    throw NetworkMeasurementError(isRefusal ? .refused : .failed, words.line(detail))
  }
}
