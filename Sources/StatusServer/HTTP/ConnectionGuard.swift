import Glibc
import NIOCore
import NIOHTTPTypes

/// Closes connections that do not go on: a request that does not end, an answer that nobody takes, a peer that is gone.
///
/// The server's own timer sees idle connections only.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let patience: TimeAmount
  private var reading: Scheduled<Void>?
  private var writing: Scheduled<Void>?

  /// Bytes that the kernel takes before a slow client is felt.
  private static let sendBuffer = 256 << 10

  /// - Parameter patience: for one request to end, and for one answer to move.
  init(patience: TimeAmount) { self.patience = patience }

  func handlerAdded(context: ChannelHandlerContext) {
    let milliseconds = Int(patience.nanoseconds / 1_000_000 * 2)
    let options: [(CInt, CInt, Int)] = [
      (SOL_SOCKET, SO_SNDBUF, Self.sendBuffer), (SOL_SOCKET, SO_KEEPALIVE, 1),
      (CInt(IPPROTO_TCP), TCP_USER_TIMEOUT, milliseconds),
    ]
    for (level, name, value) in options {
      let option = ChannelOptions.Types.SocketOption(level: .init(rawValue: level), name: .init(rawValue: name))
      // Other sockets than TCP's do not know them, and need them less.
      context.channel.setOption(option, value: value).whenFailure { _ in }
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    reading?.cancel()
    writing?.cancel()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head: reading = close(context, replacing: reading)
    case .body: break
    case .end:
      reading?.cancel()
      reading = nil
    }
    context.fireChannelRead(data)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable {
      writing?.cancel()
      writing = nil
    } else {
      writing = close(context, replacing: writing)
    }
    context.fireChannelWritabilityChanged()
  }

  private func close(_ context: ChannelHandlerContext, replacing earlier: Scheduled<Void>?) -> Scheduled<Void> {
    earlier?.cancel()
    let channel = context.channel
    return context.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
  }
}
