import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import TextFormats

@testable import KubernetesClient

/// An API server on loopback, without TLS, that answers as a test says and remembers what it was asked.
final class ScriptedServer: Sendable {
  /// A request.
  struct Request: Sendable {
    var method = ""
    var path = ""
    var headers = HTTPHeaders()
    var body = ""

    var token: String? { headers.first(name: "Authorization") }
  }

  /// An answer.
  struct Answer: Sendable {
    var status = 200
    var headers: [(String, String)] = []
    var body = ""

    static func json(_ body: JSON, status: Int = 200, headers: [(String, String)] = []) -> Answer {
      Answer(status: status, headers: headers, body: body.text(.compact))
    }

    /// An answer with a `Status` object, as API servers refuse.
    static func refusal(_ status: Int, _ message: String, headers: [(String, String)] = []) -> Answer {
      json(["kind": "Status", "message": .string(message)], status: status, headers: headers)
    }
  }

  let port: Int
  private let channel: any Channel
  private let seen = Seen()

  private final class Seen: Sendable {
    let requests = Mutex<[Request]>([])
    func add(_ request: Request) -> Int {
      requests.withLock {
        $0.append(request)
        return $0.count
      }
    }
  }

  /// - Parameter answer: Called with a request and its number, from 1; nil leaves it without an answer.
  init(_ answer: @escaping @Sendable (Request, Int) -> Answer?) async throws {
    let seen = seen
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Handler(seen, answer))
        }
      }.bind(host: "127.0.0.1", port: 0).get()
    port = channel.localAddress?.port ?? 0
  }

  /// The requests so far.
  var requests: [Request] { seen.requests.withLock { $0 } }

  var address: String { "http://127.0.0.1:\(port)" }

  /// Calls `body` with a client of a server that answers so.
  static func with(
    _ credentials: ClusterAccess.Credentials = .token("s3cret"),
    answering answer: @escaping @Sendable (Request, Int) -> Answer?,
    _ body: (ScriptedServer, KubernetesClient) async throws -> Void
  ) async throws {
    let server = try await ScriptedServer(answer)
    let client = try KubernetesClient(
      ClusterAccess(
        server: server.address, authority: nil, serverName: nil, credentials: credentials, namespace: "default"))
    do {
      try await body(server, client)
    } catch {
      await client.shutDown()
      try? await server.channel.close()
      throw error
    }
    await client.shutDown()
    try? await server.channel.close()
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let seen: Seen
    private let answer: @Sendable (Request, Int) -> Answer?
    private var request = Request()

    init(_ seen: Seen, _ answer: @escaping @Sendable (Request, Int) -> Answer?) {
      self.seen = seen
      self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head):
        request = Request(method: head.method.rawValue, path: head.uri, headers: head.headers)
      case .body(let buffer): request.body += String(buffer: buffer)
      case .end:
        guard let answer = answer(request, seen.add(request)) else { return }
        var head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status))
        for (name, value) in answer.headers { head.headers.add(name: name, value: value) }
        head.headers.add(name: "Content-Length", value: String(answer.body.utf8.count))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      }
    }
  }
}
