import ConnectionGuards
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
package import KeyBundles
import Logging
package import MeasurementRoute
import NIOCore
import ServiceLifecycle
import Synchronization

/// HTTP server of the daemon: webhook, metrics, health and measurements. Only measurements reveal anything about tenants.
package struct DaemonServer: Sendable {
  private let host: String
  private let port: Int
  private let secret: @Sendable () -> SecretBytes?
  private let metrics: SyncMetrics
  private let wake: @Sendable () async -> Void
  private let isReady: @Sendable () async -> Bool
  private let stalled: @Sendable () -> String?
  private let measurements: MeasurementRoute?

  /// The largest accepted notice, in bytes. GitHub sends up to 25 MB, but only the signature of a notice is used.
  private static let maxNoticeBytes = 1 << 20

  /// The largest number of connections at the same time.
  private static let connections = 1_024

  /// Context of a request.
  private struct Context: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Address of the connection.
    let peer: String?

    init(source: ApplicationRequestContextSource) {
      coreContext = CoreRequestContextStorage(source: source)
      peer = source.channel.remoteAddress?.ipAddress
    }
  }

  /// - Parameters:
  ///   - host: the address to listen on.
  ///   - port: the port to listen on; 0 for any free one.
  ///   - secret: returns the secret shared with the Git server; if it is nil, notices are refused.
  ///   - metrics: the metrics to serve, which also count notices.
  ///   - wake: called for each valid notice.
  ///   - isReady: whether anything was applied yet.
  ///   - stalled: returns the activity in which the daemon hangs; nil if it makes progress. Must answer even if the daemon
  ///     hangs.
  ///   - measurements: has relays measure for users; nil if this server does not.
  package init(
    host: String, port: Int, secret: @escaping @Sendable () -> SecretBytes?, metrics: SyncMetrics,
    wake: @escaping @Sendable () async -> Void, isReady: @escaping @Sendable () async -> Bool,
    stalled: @escaping @Sendable () -> String? = { nil }, measurements: MeasurementRoute? = nil
  ) {
    self.host = host
    self.port = port
    self.secret = secret
    self.metrics = metrics
    self.wake = wake
    self.isReady = isReady
    self.stalled = stalled
    self.measurements = measurements
  }

  /// Serves until the task is cancelled.
  ///
  /// - Parameter onBound: called with the port.
  package func run(onBound: @escaping @Sendable (Int) async -> Void) async throws {
    let router = Router(context: Context.self)
    let limit = NoticeLimit()
    router.get("healthz") { _, _ in
      guard let doing = stalled() else { return plain("ok\n") }
      return plain("the daemon does not come back from \(doing)\n", .serviceUnavailable)
    }
    router.get("readyz") { _, _ in
      await isReady() ? plain("ready\n") : plain("nothing is applied yet\n", .serviceUnavailable)
    }
    router.get("metrics") { _, _ in
      Response(
        status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text)))
    }
    router.post("hooks/git") { request, _ in await receive(request, limit) }
    if let measurements {
      router.post("api/v1/relays/:org/:relay/measurements") { request, context in
        await measurements.answer(
          request, org: context.parameters.get("org") ?? "", relay: context.parameters.get("relay") ?? "",
          peer: context.peer)
      }
    }
    var logger = Logger(label: "wpex.http")
    logger.logLevel = .error
    let connections = ConnectionTable(capacity: Self.connections)
    var decoder = HTTP1Channel.Configuration.DecoderConfiguration()
    decoder.maxHeaderFieldSize = 8 << 10
    decoder.maxHeaderListSize = 16 << 10
    decoder.maxHeaderFieldCount = 100
    let channels = HTTP1Channel.Configuration(
      additionalChannelHandlers: [HTTPTypesConnectionGuard(connections, timeouts: ConnectionTimeouts())],
      httpDecoderConfiguration: decoder)
    let application = Application(
      router: router, server: .http1(configuration: channels),
      configuration: .init(address: .hostname(host, port: port), serverName: nil),
      onServerRunning: { [logger] channel in
        await AcceptPause.add(to: channel) { logger.error("connections wait, because none can be taken: \($0)") }
        await onBound(channel.localAddress?.port ?? port)
      }, logger: logger)
    try await application.run()
  }

  private func receive(_ request: Request, _ limit: NoticeLimit) async -> Response {
    guard let secret = secret() else {
      return refuse("no_secret", plain("this daemon has no webhook secret\n", .forbidden))
    }
    let tooLarge = plain("a notice is at most 1 MiB\n", .contentTooLarge)
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > Self.maxNoticeBytes {
      return refuse("too_large", tooLarge)
    }
    let signature = WebhookSignature(secret: secret, now: Int64(Date.now.timeIntervalSince1970)) { name in
      HTTPField.Name(name).flatMap { request.headers[$0] }
    }
    let unsigned = plain("the signature is wrong\n", .unauthorized)
    guard let signature else { return refuse("unsigned", unsigned) }
    var length = 0
    do {
      for try await part in request.body {
        length += part.readableBytes
        guard length <= Self.maxNoticeBytes else { return refuse("too_large", tooLarge) }
        part.withUnsafeReadableBytes { signature.add($0) }
      }
    } catch {
      return refuse("unsigned", unsigned)
    }
    guard signature.isValid() else { return refuse("unsigned", unsigned) }
    // Only now: a client without the secret must not use up the limit of one that has it.
    guard limit.admit() else { return refuse("limited", plain("too many notices\n", .tooManyRequests)) }
    metrics.countWebhook("accepted")
    await wake()
    return plain("the repository is being looked at\n", .accepted)
  }

  private func refuse(_ outcome: String, _ response: Response) -> Response {
    metrics.countWebhook(outcome)
    return response
  }

  private func plain(_ text: String, _ status: HTTPResponse.Status = .ok) -> Response {
    var headers: HTTPFields = [.contentType: "text/plain; charset=utf-8"]
    // The rest of a refused notice is not read.
    if status.code >= 400, status.code != 503 { headers[.connection] = "close" }
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}

/// Rate limit of signed notices: ten at once, then one a second.
private final class NoticeLimit: Sendable {
  private let state = Mutex((level: 10.0, at: ContinuousClock.now))

  func admit() -> Bool {
    state.withLock { state in
      let now = ContinuousClock.now
      let seconds = Double((now - state.at).components.seconds) + Double((now - state.at).components.attoseconds) / 1e18
      state.level = min(10, state.level + seconds)
      state.at = now
      guard state.level >= 1 else { return false }
      state.level -= 1
      return true
    }
  }
}
