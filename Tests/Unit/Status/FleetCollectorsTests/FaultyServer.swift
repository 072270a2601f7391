import NIOCore
import NIOPosix
import Synchronization

/// A server that answers every request as it is told, on all addresses of loopback.
final class FaultyServer: Sendable {
  enum Manner: Sendable {
    /// Sends bytes and closes, after some milliseconds.
    case answer([UInt8], afterMilliseconds: Int64 = 0)
    /// Takes connections and says nothing.
    case silence
    /// The head of an answer, then a byte now and then.
    case trickle
    /// A body without end.
    case flood
  }

  private struct Counts {
    var now = 0
    var most = 0
    var total = 0
  }

  let port: Int
  private let channel: any Channel
  private let counts: Counter

  private final class Counter: Sendable {
    let counts = Mutex(Counts())
    func begin() {
      counts.withLock {
        $0.now += 1
        $0.total += 1
        $0.most = max($0.most, $0.now)
      }
    }
    func end() { counts.withLock { $0.now -= 1 } }
  }

  init(_ manner: Manner) async throws {
    let counts = Counter()
    self.counts = counts
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 1_024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Handler(manner, counts))
        }
      }.bind(host: "0.0.0.0", port: 0).get()
    port = channel.localAddress?.port ?? 0
  }

  /// Requests at the same time, at most.
  var most: Int { counts.counts.withLock { $0.most } }
  var total: Int { counts.counts.withLock { $0.total } }

  func stop() async { try? await channel.close() }

  static func http(_ body: [UInt8], status: String = "200 OK", headers: String = "") -> [UInt8] {
    Array("HTTP/1.1 \(status)\r\nContent-Length: \(body.count)\r\n\(headers)\r\n".utf8) + body
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let manner: Manner
    private let counts: Counter
    private var head: [UInt8] = []
    private var hasRequest = false

    init(_ manner: Manner, _ counts: Counter) {
      self.manner = manner
      self.counts = counts
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      head += unwrapInboundIn(data).readableBytesView
      guard !hasRequest, String(decoding: head, as: UTF8.self).contains("\r\n\r\n") else { return }
      hasRequest = true
      counts.begin()
      let channel = context.channel
      @Sendable func write(_ bytes: [UInt8]) -> EventLoopFuture<Void> {
        channel.writeAndFlush(ByteBuffer(bytes: bytes))
      }
      switch manner {
      case .answer(let bytes, let pause):
        channel.eventLoop.scheduleTask(in: .milliseconds(pause)) {
          write(bytes).whenComplete { _ in channel.close(promise: nil) }
        }
      case .silence: break
      case .trickle:
        _ = write(Array("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{".utf8))
        channel.eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(50), delay: .milliseconds(50)) { task in
          if channel.isActive { _ = write([0x20]) } else { task.cancel() }
        }
      case .flood:
        _ = write(Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
        let chunk = [UInt8](repeating: 0x20, count: 65_536)
        @Sendable func more() {
          write(chunk).whenSuccess { if channel.isActive { channel.eventLoop.execute { more() } } }
        }
        more()
      }
    }

    func channelInactive(context: ChannelHandlerContext) { if hasRequest { counts.end() } }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
