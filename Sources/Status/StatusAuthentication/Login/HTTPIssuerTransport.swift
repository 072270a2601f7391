package import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// Requests over HTTP, each within ten seconds. Redirections are not followed: an issuer is where it is configured.
package struct HTTPIssuerTransport: IssuerTransport {
  private let client: HTTPClient

  /// - Parameter client: one that follows no redirections; its owner shuts it down.
  package init(_ client: HTTPClient) { self.client = client }

  /// - Parameter certificatesFile: PEM certificates that are trusted instead of the system's; nil for the system's.
  package static func configuration(trusting certificatesFile: String?) -> HTTPClient.Configuration {
    var tls = TLSConfiguration.makeClientConfiguration()
    if let certificatesFile { tls.trustRoots = .file(certificatesFile) }
    var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
    configuration.timeout = .init(connect: .seconds(5), read: .seconds(10))
    return configuration
  }

  package func get(_ url: String, limit: Int) async throws -> [UInt8] {
    var request = HTTPClientRequest(url: url)
    request.headers.add(name: "accept", value: "application/json")
    return try await body(of: request, limit: limit)
  }

  package func post(
    _ url: String, form: [(name: String, value: String)], authorization: String?, limit: Int
  ) async throws -> [UInt8] {
    var request = HTTPClientRequest(url: url)
    request.method = .POST
    request.headers.add(name: "accept", value: "application/json")
    request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
    if let authorization { request.headers.add(name: "authorization", value: authorization) }
    request.body = .bytes(Array(Form.encode(form.map { ($0.name, $0.value) }).utf8))
    return try await body(of: request, limit: limit)
  }

  private func body(of request: HTTPClientRequest, limit: Int) async throws -> [UInt8] {
    let response = try await client.execute(request, deadline: .now() + .seconds(10))
    guard response.status == .ok else { throw IssuerStatus(code: response.status.code) }
    let buffer = try await response.body.collect(upTo: limit)
    return Array(buffer.readableBytesView)
  }
}
