import ConnectionGuards
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// HTTP server on a thread of its own.
struct StatisticsServer {
  private static let maxBodyBytes = 4_096
  private static let timeouts = ConnectionTimeouts(idle: 30, message: 10)
  private static let maxConnections = 1_024

  private let group: MultiThreadedEventLoopGroup
  private let channel: any Channel

  /// The bound port.
  var port: Int? { channel.localAddress?.port }

  /// Starts to listen.
  ///
  /// - Parameters:
  ///   - host: Address to listen on; empty for all addresses.
  ///   - port: TCP port; 0 chooses a free one.
  ///   - routes: Handler of the requests.
  ///   - acceptFails: Called with the reason when connections cannot be accepted.
  /// - Throws: `RelayServerError` if the address cannot be listened on.
  init(
    host: String, port: UInt16, routes: RelayRoutes, acceptFails: @escaping @Sendable (String) -> Void
  ) throws(RelayServerError) {
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let connections = ConnectionTable(capacity: Self.maxConnections)
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 128)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(.socketOption(.init(rawValue: SO_REUSEPORT)), value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(AcceptPause(report: acceptFails))
        }
      }
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          var limits = NIOHTTPDecoderLimitConfiguration()
          limits.maxHeaderFieldSize = 8 << 10
          limits.maxHeaderListSize = 16 << 10
          limits.maxHeaderFieldCount = 100
          try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withErrorHandling: true, withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits)
          try channel.pipeline.syncOperations.addHandler(
            HTTP1ConnectionGuard(connections, timeouts: Self.timeouts))
          try channel.pipeline.syncOperations.addHandler(
            RequestHandler(routes: routes, maxBodyBytes: Self.maxBodyBytes))
        }
      }
      .childChannelOption(.maxMessagesPerRead, value: 4)
    // On a machine without IPv6, fall back to IPv4.
    let hosts = host.isEmpty ? ["::", "0.0.0.0"] : [host]
    var opened: (any Channel)?
    var failure = ""
    for host in hosts where opened == nil {
      do {
        opened = try bootstrap.bind(host: host, port: Int(port)).wait()
      } catch {
        failure = "\(error)"
      }
    }
    guard let opened else { throw RelayServerError(.system, "cannot answer HTTP on \(host):\(port): \(failure)") }
    channel = opened
  }
}

/// Handler of one connection: requests one after another.
private final class RequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let routes: RelayRoutes
  private let maxBodyBytes: Int
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []
  private var tooLarge = false

  init(routes: RelayRoutes, maxBodyBytes: Int) {
    self.routes = routes
    self.maxBodyBytes = maxBodyBytes
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
      tooLarge = false
    case .body(let part):
      if body.count + part.readableBytes > maxBodyBytes {
        tooLarge = true
      } else {
        body.append(contentsOf: part.readableBytesView)
      }
    case .end:
      guard let head else { return }
      self.head = nil
      answer(head, context)
    }
  }

  private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let promise = context.eventLoop.makePromise(of: HTTPResponse.self)
    let isHead = head.method == .HEAD
    let keepAlive = head.isKeepAlive
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    promise.futureResult.whenSuccess { response in
      let (handler, context) = bound.value
      handler.write(response, isHead: isHead, keepAlive: keepAlive, context)
    }
    guard !tooLarge else {
      return promise.succeed(.problem(413, "Content too large", "A request can have at most \(maxBodyBytes) bytes."))
    }
    let authorization = head.headers.first(name: "authorization") ?? ""
    let isBearer = authorization.lowercased().hasPrefix("bearer ")
    let path = head.uri.prefix { $0 != "?" }
    // The proxy of a Kubernetes API server does not forward Authorization, hence the other header.
    let token = isBearer ? String(authorization.dropFirst(7)) : head.headers.first(name: "x-relay-token")
    let request = HTTPRequest(method: head.method.rawValue, path: String(path), token: token, body: body)
    routes.answer(request) { promise.succeed($0) }
  }

  private func write(
    _ response: HTTPResponse, isHead: Bool, keepAlive: Bool, _ context: ChannelHandlerContext
  ) {
    var headers = HTTPHeaders([
      ("content-type", response.contentType), ("content-length", String(response.body.readableBytes)),
      ("cache-control", "no-store"), ("x-content-type-options", "nosniff"),
    ])
    if let allow = response.allow { headers.add(name: "allow", value: allow) }
    if response.status == 401 { headers.add(name: "www-authenticate", value: "Bearer") }
    if !keepAlive { headers.add(name: "connection", value: "close") }
    let head = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    let body = isHead ? ByteBuffer() : response.body
    // A connection's next request waits until the client has read the response, so that a client that keeps asking
    // without reading makes the relay hold only one response.
    context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(body)))).whenComplete { _ in
      let end = HTTPServerResponsePart.end(nil)
      bound.value.writeAndFlush(NIOAny(end)).whenComplete { _ in
        if !keepAlive { bound.value.close(promise: nil) }
      }
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
