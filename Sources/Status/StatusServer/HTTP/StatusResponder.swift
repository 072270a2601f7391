import ConfigCompiler
import ConfigModel
import FairShares
import FleetMonitoring
import HTTPTypes
import Hummingbird
import KeyBundles
import MeasurementRoute
import NIOCore
import StatusModel
import TextFormats

/// Responds to requests: finds the resource, authenticates the viewer and answers from the latest snapshot.
struct StatusResponder: HTTPResponder {
  /// Context of a request.
  struct Context: InitializableFromSource {
    let channel: any Channel
    init(source: ApplicationRequestContextSource) { channel = source.channel }
  }

  /// Source of snapshots and events.
  let board: SnapshotPublisher
  /// Settings of the server.
  let settings: StatusServer.Settings
  /// Authenticators in order.
  let authenticators: any Authenticator
  /// Authenticates the token printed at startup; nil if there is none.
  let localToken: LocalToken?
  /// Sessions of logged-in viewers.
  let sessions: SessionStore
  /// Pages of the dashboard; nil if the server has none.
  let pages: (any StaticFiles)?
  /// Audit log; nil if the server does not read one.
  let audit: (any AuditReading)?
  /// Opens and seals cursors.
  let seal: CursorCipher
  /// Cached responses.
  let cache = ResponseCache()
  /// Cached files of the pages.
  let files: FileCache
  /// Metrics of the server itself.
  let counters: ServerCounters
  /// OpenAPI document.
  let openAPI: CachedBody
  private let routes = RouteTable(StatusResource.all)

  /// Returns the response to a request. A `Problem` or `Refusal` becomes a problem response.
  func respond(to request: Request, context: Context) async throws -> Response {
    var response: Response
    do {
      response = try await answer(request, context)
    } catch let problem as Problem {
      response = self.response(to: problem)
    } catch let refusal as Refusal {
      response = self.response(to: Problem(refusal))
    }
    counters.count(response.status.code)
    if request.method == .head, response.status.code != 304 {
      let length = response.headers[.contentLength]
      response = response.createHeadResponse()
      response.headers[.contentLength] = length
    }
    return response
  }

  private func answer(_ request: Request, _ context: Context) async throws -> Response {
    guard let path = request.head.path, path.utf8.count <= RequestTarget.maxLength else { throw Problem.uriTooLong }
    guard let target = RequestTarget(path) else { throw Problem.badTarget }
    switch target.path {
    case "/healthz":
      try requireGet(request)
      return plain("ok\n")
    case "/readyz":
      try requireGet(request)
      return board.current.value.model == nil
        ? plain("nothing is applied yet\n", .serviceUnavailable) : plain("ready\n")
    case "/openapi.json":
      try requireGet(request)
      return response(openAPI, request, isPrivate: false)
    case "/metrics":
      try requireGet(request)
      return try await metrics(request, context)
    case "/login" where request.method == .post: return try await logIn(request, context)
    case "/login" where request.method != .get && request.method != .head:
      throw Problem.methodNotAllowed("GET, HEAD, POST")
    case "/logout":
      guard request.method == .post else { throw Problem.methodNotAllowed("POST") }
      return try await logOut(request)
    case "/api/v1/login":
      try requireGet(request)
      return response(
        CachedBody(
          Array(LoginMethods.json(settings.loginMethods, takesLinks: settings.takesLinks).text().utf8),
          contentType: "application/json"), request)
    default: break
    }
    if let response = try await provider(target, request, context) { return response }
    if let name = MeasurementRoute.relay(target.segments) {
      guard let measurements = settings.measurements else {
        guard request.method == .post else { throw Problem.methodNotAllowed("POST") }
        throw Problem.notFound
      }
      return await measurements.answer(
        request, org: name.org, relay: name.relay, peer: context.channel.remoteAddress?.ipAddress,
        headers: settings.headers)
    }
    if target.segments.first == "api" { return try await api(target, request, context) }
    return try page(target, request)
  }

  /// Throws `Problem.methodNotAllowed` unless the method is GET or HEAD.
  func requireGet(_ request: Request) throws {
    guard request.method == .get || request.method == .head else { throw Problem.methodNotAllowed("GET, HEAD") }
  }

  // MARK: - The API

  private func api(_ target: RequestTarget, _ request: Request, _ context: Context) async throws -> Response {
    let snapshot = board.current.value
    let viewer = try await viewer(of: request, context, snapshot)
    if target.path == "/api/v1/events" {
      try requireGet(request)
      return try await events(target, request, context, viewer)
    }
    guard let match = routes.find(target.segments) else { throw Problem.notFound }
    try requireGet(request)
    let scope = viewer.scope
    let versions = match.resource.topics.map { snapshot.versions(of: $0) }
    let name = request.head.path ?? ""
    if let versions, let body = cache.find(scope, name, versions) { return response(body, request) }
    let arguments = try Arguments(
      path: match.variables, query: target.query, parameters: match.resource.parameters, seal: seal)
    let json = try await match.resource.respond(
      to: ResourceRequest(viewer: viewer, sight: VisibleSnapshot(scope, snapshot), arguments: arguments, audit: audit))
    let body = CachedBody(Array(json.text().utf8), contentType: "application/json")
    if let versions { cache.keep(body, scope, name, versions, of: .viewer(viewer)) }
    if let attention = Attention(match.resource, match.variables, scope) { await settings.attend(attention) }
    return response(body, request)
  }

  private func viewer(of request: Request, _ context: Context, _ snapshot: StatusSnapshot) async throws -> Viewer {
    guard case .viewer(let viewer) = await authenticators.decide(accessRequest(request, context), snapshot) else {
      throw Problem.unauthenticated
    }
    return viewer
  }

  private func accessRequest(_ request: Request, _ context: Context) -> AccessRequest {
    var bearer: String?
    if let header = request.headers[.authorization], header.count > 7, header.prefix(7).lowercased() == "bearer " {
      bearer = String(header.dropFirst(7).drop { $0 == " " })
    }
    // A bearer token takes precedence: cookies sent along with it are ignored.
    let cookies = bearer == nil ? Cookies.parse(request.headers[values: .cookie]) : [:]
    return AccessRequest(bearer: bearer, cookies: cookies, address: client(request, context))
  }

  /// Returns the client's address, behind any trusted proxies; nil if unknown.
  func client(_ request: Request, _ context: Context) -> IPAddress? {
    let peer = context.channel.remoteAddress?.ipAddress.flatMap(AddressRules.address)
    return AddressRules.client(
      peer, forwardedFor: request.headers[values: .forwardedFor], trusted: settings.trustedProxies)
  }

  private func metrics(_ request: Request, _ context: Context) async throws -> Response {
    let snapshot = board.current.value
    let viewer = try await viewer(of: request, context, snapshot)
    var text: String
    switch viewer.scope.reach(of: .metricsRead) {
    case .nowhere: throw Problem(.forbidden(.metricsRead))
    case .organization(let org): text = FleetMetrics.text(snapshot.fleet, orgs: [org])
    case .everywhere:
      text = FleetMetrics.text(snapshot.fleet)
      text += counters.text(streams: await board.events.streams, dropped: await board.events.droppedClients)
    }
    return response(
      CachedBody(Array(text.utf8), contentType: "text/plain; version=0.0.4; charset=utf-8"), request)
  }

  // MARK: - Events

  private func events(
    _ target: RequestTarget, _ request: Request, _ context: Context, _ viewer: Viewer
  ) async throws -> Response {
    for (name, value) in target.query where name != "lastEventId" || value.utf8.count > 100 {
      throw Problem(.badRequest([ParameterFault(String(name.prefix(64)), "only `lastEventId` is accepted")]))
    }
    let last = request.headers[.lastEventID] ?? target.query.first?.value
    let access = accessRequest(request, context)
    let authenticators = authenticators
    let stream = await board.events.subscribe(
      viewer.scope, of: .viewer(viewer), after: last?.isEmpty == false ? last : nil
    ) { snapshot in
      guard case .viewer(let viewer) = await authenticators.decide(access, snapshot) else { return nil }
      return viewer.scope
    }
    guard let stream else { throw Problem.tooManyStreams }
    var headers = settings.headers
    headers[.contentType] = "text/event-stream"
    headers[.cacheControl] = "no-store"
    // Proxies that buffer responses would delay events.
    headers[.accelBuffering] = "no"
    guard request.method != .head else { return Response(status: .ok, headers: headers) }
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        try await request.body.consumeWithCancellationOnInboundClose { _ in
          for await bytes in stream { try await writer.write(bytes) }
        }
        try await writer.finish(nil)
      })
  }

  // MARK: - Pages

  private func page(_ target: RequestTarget, _ request: Request) throws -> Response {
    let path = "/" + target.segments.joined(separator: "/")
    let isPlain = !target.segments.contains { $0 == ".." || $0.contains("/") || $0.contains("\0") }
    guard isPlain, let file = pages?.file(at: path) ?? pages?.page(at: path) else {
      return try missingPage(request)
    }
    try requireGet(request)
    let body = files.body(of: file)
    return response(body, request, isPrivate: false, isImmutable: file.isImmutable)
  }

  /// Returns the page for a path that does not exist.
  ///
  /// - Throws: `Problem.notFound` if the client does not accept HTML.
  private func missingPage(_ request: Request) throws -> Response {
    let accepted = request.headers[values: .accept].joined(separator: ",").lowercased()
    guard request.method == .get || request.method == .head, accepted.contains("text/html"), let pages else {
      throw Problem.notFound
    }
    var headers = settings.headers
    headers[.contentType] = pages.missing.contentType
    headers[.cacheControl] = "no-store"
    return Response(
      status: .notFound, headers: headers, body: ResponseBody(byteBuffer: files.body(of: pages.missing).bytes))
  }

  // MARK: - Answers

  private func plain(_ text: String, _ status: HTTPResponse.Status = .ok) -> Response {
    var headers = settings.headers
    headers[.contentType] = "text/plain; charset=utf-8"
    headers[.cacheControl] = "no-store"
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  private func response(to problem: Problem) -> Response {
    var headers = settings.headers
    headers[.contentType] = "application/problem+json"
    headers[.cacheControl] = "no-store"
    for (name, value) in problem.headers { headers[name] = value }
    return Response(
      status: problem.status, headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(string: problem.json.text())))
  }

  private func response(
    _ body: CachedBody, _ request: Request, isPrivate: Bool = true, isImmutable: Bool = false
  ) -> Response {
    var headers = settings.headers
    let compressed = CachedBody.acceptsGzip(request.headers[.acceptEncoding]) ? body.compressed : nil
    headers[.cacheControl] =
      isImmutable ? "public, max-age=31536000, immutable" : isPrivate ? "private, no-cache" : "no-cache"
    headers[.vary] = isPrivate ? "Accept-Encoding, Authorization, Cookie" : "Accept-Encoding"
    headers[.eTag] = "\"\(body.tag)\(compressed == nil ? "" : "-gzip")\""
    if body.matches(request.headers[.ifNoneMatch]) { return Response(status: .notModified, headers: headers) }
    headers[.contentType] = body.contentType
    if compressed != nil { headers[.contentEncoding] = "gzip" }
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: compressed ?? body.bytes))
  }
}

extension HTTPField.Name {
  static let forwardedFor = Self(literal: "x-forwarded-for")
  static let fetchSite = Self(literal: "sec-fetch-site")
  static let lastEventID = Self(literal: "last-event-id")
  static let accelBuffering = Self(literal: "x-accel-buffering")

  /// Creates a field name.
  ///
  /// - Precondition: The name is a token (RFC 9110, section 5.6.2).
  private init(literal name: StaticString) {
    self = Self("\(name)") ?? .cookie
  }
}
