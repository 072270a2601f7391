import KeyBundles
import RelayCore
import RelayWire
import NIOCore
import TextFormats

/// HTTP routes of the relay. Reading needs no authorization; everything else requires the configuration's token.
struct RelayRoutes: Sendable {
  let control: ControlLoop

  private static let reads = [
    "/stats", "/api/v1/stats", "/api/v1/health", "/api/v1/config", "/metrics", "/healthz", "/readyz",
  ]
  private static let actions = [
    "/api/v1/config/reload", "/api/v1/diagnostics/ping", "/api/v1/diagnostics/traceroute",
  ]

  /// Answers a request, immediately or later, on any thread.
  func answer(_ request: HTTPRequest, _ reply: @escaping @Sendable (HTTPResponse) -> Void) {
    let isRead = request.method == "GET" || request.method == "HEAD"
    if Self.reads.contains(request.path) {
      guard isRead else { return reply(wrongMethod("GET, HEAD")) }
      return read(request.path, reply)
    }
    if Self.actions.contains(request.path) {
      guard request.method == "POST" else { return reply(wrongMethod("POST")) }
      if let refusal = refusal(of: request) { return reply(refusal) }
      return act(request, reply)
    }
    if request.path == DeclarationExchange.path {
      guard request.method == "POST" else { return reply(wrongMethod("POST")) }
      return declare(request, reply)
    }
    let known = (Self.reads + Self.actions + [DeclarationExchange.path]).joined(separator: ", ")
    reply(.problem(404, "Not found", "The relay answers at \(known)."))
  }

  private func read(_ path: String, _ reply: @escaping @Sendable (HTTPResponse) -> Void) {
    switch path {
    case "/healthz":
      let silence = control.silentSeconds
      return reply(
        silence < Self.maxSilence
          ? .text("ok\n") : .text("the control thread has not responded for \(silence) seconds\n", status: 503))
    case "/readyz":
      switch control.currentReadiness {
      case .ready: return reply(.text("ready\n"))
      case .noKey: return reply(.text("no key is active\n", status: 503))
      case .noReceiving: return reply(.text("the system refuses to receive\n", status: 503))
      case .draining: return reply(.text("the relay ends soon\n", status: 503))
      case .noCopy: return reply(.text("the copy of what the cluster knows is not complete yet\n", status: 503))
      }
    default:
      control.board.answer(path, wanted: { control.ask(.report) }, render: { Self.text(path, $0) }, reply)
    }
  }

  /// Seconds for which the control thread may be busy: reloading ten thousand keys takes time.
  private static let maxSilence: UInt64 = 20

  private static func text(_ path: String, _ report: RelayReport) -> HTTPResponse {
    switch path {
    case "/api/v1/health": .json(StatisticsDocument.health(report))
    case "/api/v1/config": .json(StatisticsDocument.configuration(report))
    case "/metrics": .text(MetricsText.text(report), type: "text/plain; version=0.0.4; charset=utf-8")
    default: .json(StatisticsDocument.statistics(report))
    }
  }

  /// Returns whether a request may have a large body, because its sender knows the token.
  func admits(path: String, seal: String?) -> Bool {
    guard path == DeclarationExchange.path, let seal else { return false }
    return control.declarationExchange?.admits(seal) == true
  }

  /// Brings declared files into force and answers what is in force, both encrypted.
  private func declare(_ request: HTTPRequest, _ reply: @escaping @Sendable (HTTPResponse) -> Void) {
    guard let exchange = control.declarationExchange else { return reply(Self.noToken) }
    let unauthorized = HTTPResponse.problem(
      401, "Unauthorized", "This needs a request that is sealed with the token of the relay's configuration.")
    guard exchange.admits(request.seal ?? "") else { return reply(unauthorized) }
    let declared: DeclaredFiles?
    do throws(KeyBundleError) {
      declared = try exchange.open(request: request.body)
    } catch {
      return reply(
        error.code == .invalidContent ? .problem(422, "Declaration refused", error.reason) : unauthorized)
    }
    control.ask(
      .declare(declared) { answer in
        guard let sealed = try? exchange.seal(answer, to: request.body) else {
          return reply(.problem(500, "Internal error", "The answer cannot be encrypted."))
        }
        reply(.bytes(sealed))
      })
  }

  private static let noToken = HTTPResponse.problem(
    403, "Forbidden",
    "The relay's configuration has no token, so only reading is allowed; add `token` to it.")

  /// Returns the response to a request without a valid token; nil if the token is valid.
  private func refusal(of request: HTTPRequest) -> HTTPResponse? {
    switch control.prober.accepts(request.token ?? "") {
    case true: nil
    case false: .problem(401, "Unauthorized", "This needs the token of the relay's configuration as a bearer token.")
    case nil: Self.noToken
    }
  }

  private func wrongMethod(_ allowed: String) -> HTTPResponse {
    var response = HTTPResponse.problem(405, "Method not allowed", "Use \(allowed).")
    response.allow = allowed
    return response
  }

  private func act(_ request: HTTPRequest, _ reply: @escaping @Sendable (HTTPResponse) -> Void) {
    if request.path == "/api/v1/config/reload" {
      return control.ask(
        .reload { failure in
          if let failure { return reply(.problem(422, "Configuration refused", failure.description)) }
          reply(.json(["reloaded": true]))
        })
    }
    guard let json = try? JSON(parsing: request.body), let target = json["target"]?.text else {
      return reply(.problem(400, "Bad request", "Send JSON with a target, such as {\"target\": \"192.0.2.1\"}."))
    }
    let timeout = min(5_000, max(50, json["timeoutMilliseconds"]?.int ?? 1_000))
    let count = min(20, max(1, json["count"]?.int ?? 4))
    let hops = min(64, max(1, json["maxHops"]?.int ?? 30))
    let prober = control.prober
    // Whoever holds the token has already authorized the caller, so `privateTargets` is trusted.
    let policy = prober.policy(reachesPrivate: json["privateTargets"] == .bool(true))
    guard prober.enter() == .admitted else {
      return reply(.problem(429, "Too many requests", "Too many probes are running; try again in a second."))
    }
    let isPing = request.path.hasSuffix("ping")
    do throws(RelayServerError) {
      try startThread("diagnostics") {
        defer { prober.leave() }
        do throws(RelayServerError) {
          let address = try TargetPolicy.resolve(target, policy)
          let outcome =
            isPing
            ? prober.ping(target, address, count: count, timeout: Int32(timeout))
            : prober.trace(target, address, mostHops: hops, timeout: Int32(timeout), policy)
          reply(.json(StatisticsDocument.probe(outcome)))
        } catch {
          reply(.problem(400, "Bad target", error.description))
        }
      }
    } catch {
      prober.leave()
      reply(.problem(503, "Unavailable", error.description))
    }
  }
}
