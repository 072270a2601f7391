import ConnectionGuards
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import RelayWire
import Synchronization
import TextFormats

/// HTTP server on a thread of its own.
struct StatisticsServer {
  private static let maxBodyBytes = 4_096
  /// Declarations that are received at the same time.
  private static let maxUploads = 2
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
    let uploads = UploadSlots(count: Self.maxUploads)
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
            RequestHandler(routes: routes, maxBodyBytes: Self.maxBodyBytes, uploads: uploads))
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
    guard let opened else {
      throw RelayServerError(.system, "cannot answer HTTP on \(HostPort.text(host, port)): \(failure)")
    }
    channel = opened
  }
}

/// Slots for requests with a large body, so that they use a bounded amount of memory.
private final class UploadSlots: Sendable {
  private let free: Mutex<Int>

  init(count: Int) { free = Mutex(count) }

  /// Takes a slot; false if none is free.
  func take() -> Bool {
    free.withLock { free in
      guard free > 0 else { return false }
      free -= 1
      return true
    }
  }

  /// Gives a slot back.
  func giveBack() { free.withLock { $0 += 1 } }
}

/// Handler of one connection: requests one after another.
private final class RequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let routes: RelayRoutes
  private let maxBodyBytes: Int
  private let uploads: UploadSlots
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []
  private var tooLarge = false
  /// Whether the request has a slot for a large body.
  private var isUpload = false

  init(routes: RelayRoutes, maxBodyBytes: Int, uploads: UploadSlots) {
    self.routes = routes
    self.maxBodyBytes = maxBodyBytes
    self.uploads = uploads
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
      tooLarge = false
      isUpload = routes.admits(path: path(of: head), seal: seal(of: head)) && uploads.take()
    case .body(let part):
      if body.count + part.readableBytes > (isUpload ? DeclarationExchange.maxBodyBytes : maxBodyBytes) {
        tooLarge = true
        body = []
      } else {
        body.append(contentsOf: part.readableBytesView)
      }
    case .end:
      guard let head else { return }
      self.head = nil
      answer(head, context)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    endUpload()
    context.fireChannelInactive()
  }

  private func endUpload() {
    guard isUpload else { return }
    isUpload = false
    body = []
    uploads.giveBack()
  }

  private func path(of head: HTTPRequestHead) -> String { String(head.uri.prefix { $0 != "?" }) }
  private func seal(of head: HTTPRequestHead) -> String? { head.headers.first(name: DeclarationExchange.header) }

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
      return promise.succeed(
        .problem(
          413, "Content too large",
          "A request can have at most \(maxBodyBytes) bytes, unless it brings a declaration; two of these are read at once."
        ))
    }
    let authorization = head.headers.first(name: "authorization") ?? ""
    let isBearer = authorization.lowercased().hasPrefix("bearer ")
    // The proxy of a Kubernetes API server does not forward Authorization, hence the other header.
    let token = isBearer ? String(authorization.dropFirst(7)) : head.headers.first(name: "x-relay-token")
    let request = HTTPRequest(
      method: head.method.rawValue, path: path(of: head), token: token, seal: seal(of: head), body: body)
    routes.answer(request) { promise.succeed($0) }
  }

  private func write(
    _ response: HTTPResponse, isHead: Bool, keepAlive: Bool, _ context: ChannelHandlerContext
  ) {
    endUpload()
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
