package import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// Requests over HTTP, each limited to ten seconds.
///
/// Redirects are not followed: an issuer is only where it is configured.
package struct HTTPIssuerTransport: IssuerTransport {
  private let client: HTTPClient

  /// Creates a transport.
  ///
  /// - Parameter client: must not follow redirects; its owner shuts it down.
  package init(_ client: HTTPClient) { self.client = client }

  /// Returns a client configuration for issuers.
  ///
  /// - Parameter certificatesFile: PEM file with certificates to trust instead of the system's; nil for the system's.
  package static func configuration(trusting certificatesFile: String?) -> HTTPClient.Configuration {
    var tls = TLSConfiguration.makeClientConfiguration()
    if let certificatesFile { tls.trustRoots = .file(certificatesFile) }
    var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
    configuration.timeout = .init(connect: .seconds(5), read: .seconds(10))
    return configuration
  }

  /// Returns the body of a resource.
  ///
  /// - Throws: `IssuerStatus` for a status other than 200; the client's error if there is no response in time or the
  ///   body exceeds the limit.
  package func get(_ url: String, limit: Int) async throws -> [UInt8] {
    var request = HTTPClientRequest(url: url)
    request.headers.add(name: "accept", value: "application/json")
    return try await body(of: request, limit: limit)
  }

  /// Posts a form and returns the body of the response.
  ///
  /// - Throws: As for `get(_:limit:)`.
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
