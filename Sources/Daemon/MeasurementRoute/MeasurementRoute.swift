import HTTPTypes
package import Hummingbird
package import HummingbirdCore
import NIOCore
package import TextFormats

/// Route by which users have relays measure: `POST /api/v1/relays/ORG/RELAY/measurements`.
///
/// It knows HTTP only, and leaves all decisions to its handler. Cookies do not count, so that no page can make a browser
/// measure.
package struct MeasurementRoute: Sendable {
  /// Request as it arrived. Nothing in it has been checked.
  package struct Call: Sendable {
    /// Organization of the relay.
    package let org: String
    /// Name of the relay.
    package let relay: String
    /// Token after `Authorization: Bearer`; nil if there is none.
    package let bearer: String?
    /// Address of the connection; nil if unknown.
    package let peer: String?
    /// Values of `X-Forwarded-For`, in order.
    package let forwardedFor: [String]
    /// Body of the request.
    package let body: [UInt8]

    package init(
      org: String, relay: String, bearer: String?, peer: String?, forwardedFor: [String] = [], body: [UInt8]
    ) {
      self.org = org
      self.relay = relay
      self.bearer = bearer
      self.peer = peer
      self.forwardedFor = forwardedFor
      self.body = body
    }
  }

  /// Problem (RFC 9457) in place of a result.
  package struct Refusal: Error, Sendable, Equatable {
    /// HTTP status.
    package let status: Int
    /// Last component of the problem type's URI.
    package let name: String
    /// Explanation for people.
    package let detail: String
    /// Seconds to wait before the next try; nil if another try would not help.
    package let retryAfter: Int?

    package init(_ status: Int, _ name: String, _ detail: String, retryAfter: Int? = nil) {
      self.status = status
      self.name = name
      self.detail = detail
      self.retryAfter = retryAfter
    }

    /// Body of the answer.
    package var json: JSON {
      [
        "type": .string("https://wpex.io/problems/\(name)"), "title": "Not measured", "status": .integer(status),
        "detail": .string(detail), "errors": [],
      ]
    }
  }

  /// Answer to a request.
  package enum Answer: Sendable {
    /// Nothing was sent.
    case refused(Refusal)
    /// The measurement is permitted and recorded. The closure returns its result, or a problem.
    case begun(@Sendable () async -> JSON)
  }

  /// Size of the largest request body, in bytes.
  package static let maxBytes = 4_096
  /// Seconds between bytes that show proxies and clients that the measurement goes on.
  private static let pause = Duration.seconds(5)

  private let handle: @Sendable (Call) async -> Answer

  /// - Parameter handle: decides about a request, and measures.
  package init(_ handle: @escaping @Sendable (Call) async -> Answer) { self.handle = handle }

  /// Returns the relay that a path names; nil if the path is not of this route.
  package static func relay(_ segments: [String]) -> (org: String, relay: String)? {
    guard segments.count == 6, segments[..<3] == ["api", "v1", "relays"], segments[5] == "measurements" else {
      return nil
    }
    return (segments[3], segments[4])
  }

  /// Answers a request.
  ///
  /// - Parameters:
  ///   - peer: address of the connection.
  ///   - headers: header fields of every answer of the server.
  package func answer(
    _ request: Request, org: String, relay: String, peer: String?, headers: HTTPFields = [:]
  ) async -> Response {
    do {
      guard request.method == .post else {
        var response = Self.response(Refusal(405, "method-not-allowed", "Allowed here: POST."), headers)
        response.headers[.allow] = "POST"
        return response
      }
      let body = try await Self.body(of: request)
      let call = Call(
        org: org, relay: relay, bearer: Self.bearer(of: request), peer: peer,
        forwardedFor: Self.forwardedFor.map { request.headers[values: $0] } ?? [], body: body)
      switch await handle(call) {
      case .refused(let refusal): return Self.response(refusal, headers)
      case .begun(let finish): return Self.response(finish, headers)
      }
    } catch {
      return Self.response(error, headers)
    }
  }

  private static let forwardedFor = HTTPField.Name("x-forwarded-for")
  private static let buffering = HTTPField.Name("x-accel-buffering")

  private static func bearer(of request: Request) -> String? {
    guard let header = request.headers[.authorization], header.prefix(7).lowercased() == "bearer " else { return nil }
    return String(header.dropFirst(7).drop { $0 == " " })
  }

  private static func body(of request: Request) async throws(Refusal) -> [UInt8] {
    let tooLarge = Refusal(413, "content-too-large", "The body can have at most \(maxBytes) bytes.")
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > maxBytes { throw tooLarge }
    let type = (request.headers[.contentType] ?? "").split(separator: ";").first.map { $0.lowercased() }
    guard type == "application/json" else {
      throw Refusal(415, "bad-request", "Send JSON, with the content type application/json.")
    }
    guard let buffer = try? await request.body.collect(upTo: maxBytes) else { throw tooLarge }
    return Array(buffer.readableBytesView)
  }

  private static func response(_ refusal: Refusal, _ headers: HTTPFields) -> Response {
    var headers = headers
    headers[.contentType] = "application/problem+json"
    headers[.cacheControl] = "no-store"
    if let seconds = refusal.retryAfter { headers[.retryAfter] = "\(seconds)" }
    if refusal.status == 401 { headers[.wwwAuthenticate] = "Bearer" }
    // The rest of a refused body is not read.
    if refusal.status == 413 || refusal.status == 415 { headers[.connection] = "close" }
    return Response(
      status: .init(code: refusal.status), headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(string: refusal.json.text())))
  }

  /// Returns an answer whose document follows when the measurement ends. Line breaks come before it, which JSON permits.
  ///
  /// If the client goes away, the measurement is cancelled.
  private static func response(_ finish: @escaping @Sendable () async -> JSON, _ headers: HTTPFields) -> Response {
    var headers = headers
    headers[.contentType] = "application/json"
    headers[.cacheControl] = "no-store"
    // A proxy that gathers the answer would hold back the line breaks, and the client would take it for silent.
    if let name = buffering { headers[name] = "no" }
    // Begins at once: an answer that nobody reads must be recorded to its end.
    let work = Task { await finish() }
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        let (moments, moment) = AsyncStream<JSON?>.makeStream()
        let waiting = Task {
          moment.yield(await work.value)
          moment.finish()
        }
        let pulse = Task {
          while !Task.isCancelled {
            moment.yield(nil)
            try? await Task.sleep(for: pause)
          }
        }
        defer {
          pulse.cancel()
          waiting.cancel()
          // Without effect once it has ended.
          work.cancel()
        }
        for await document in moments {
          try await writer.write(ByteBuffer(string: document.map { $0.text() } ?? "\n"))
          if document != nil { break }
        }
        try await writer.finish(nil)
      })
  }
}
