import Glibc
package import NIOCore

/// Which part of a message something is.
package enum MessagePart: Sendable { case head, body, end }

/// How long a server waits for its clients.
package struct ConnectionPatience: Sendable {
  /// Seconds without a request after which a connection is closed.
  package var idle: Double
  /// Seconds for a request to end once it began, and for an answer to move.
  package var message: Double

  package init(idle: Double = 30, message: Double = 20) {
    self.idle = idle
    self.message = message
  }
}

/// Closes connections that do not go on: one that is silent, a request that does not end, an answer that nobody takes, a
/// peer that is gone. It stands behind the codec of HTTP, and sees heads, bodies and ends.
///
/// A request's time runs from its first byte, in whatever pieces it comes: who sends a byte now and then gains nothing.
package final class ConnectionGuard<Inbound: Sendable, Outbound: Sendable>: ChannelDuplexHandler,
  RemovableChannelHandler
{
  package typealias InboundIn = Inbound
  package typealias InboundOut = Inbound
  package typealias OutboundIn = Outbound
  package typealias OutboundOut = Outbound

  private let table: ConnectionTable
  private let patience: ConnectionPatience
  private let request: @Sendable (Inbound) -> MessagePart
  private let response: @Sendable (Outbound) -> MessagePart
  private var reading: Scheduled<Void>?
  private var writing: Scheduled<Void>?
  /// Whether some of a request is here, and its end is not.
  private var isReading = false
  /// Requests without an answer.
  private var underWay = 0

  /// Bytes that the kernel takes before a slow client is felt.
  private static var sendBuffer: Int { 256 << 10 }

  /// - Parameters:
  ///   - table: takes the connection.
  ///   - request: what a part of a request is.
  ///   - response: what a part of an answer is.
  package init(
    _ table: ConnectionTable, patience: ConnectionPatience, request: @escaping @Sendable (Inbound) -> MessagePart,
    response: @escaping @Sendable (Outbound) -> MessagePart
  ) {
    self.table = table
    self.patience = patience
    self.request = request
    self.response = response
  }

  package func handlerAdded(context: ChannelHandlerContext) {
    let milliseconds = Int(patience.message * 2_000)
    let options: [(CInt, CInt, Int)] = [
      (SOL_SOCKET, SO_SNDBUF, Self.sendBuffer), (SOL_SOCKET, SO_KEEPALIVE, 1),
      (CInt(IPPROTO_TCP), TCP_USER_TIMEOUT, milliseconds),
    ]
    for (level, name, value) in options {
      let option = ChannelOptions.Types.SocketOption(level: .init(rawValue: level), name: .init(rawValue: name))
      // Other sockets than TCP's do not know them, and need them less.
      context.channel.setOption(option, value: value).whenFailure { _ in }
    }
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    try? context.pipeline.syncOperations.addHandler(
      FirstBytes {
        let (handler, context) = bound.value
        handler.noteBytes(context)
      }, position: .first)
    table.enter(context.channel)
    wait(patience.idle, context)
  }

  package func handlerRemoved(context: ChannelHandlerContext) {
    reading?.cancel()
    writing?.cancel()
  }

  /// Bytes came, which may be less than a head.
  private func noteBytes(_ context: ChannelHandlerContext) {
    guard !isReading, underWay == 0 else { return }
    isReading = true
    wait(patience.message, context)
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch request(unwrapInboundIn(data)) {
    case .head:
      // The next of several requests that came at once begins with its head.
      if !isReading { wait(patience.message, context) }
      isReading = true
      underWay += 1
      table.mark(context.channel, isBusy: true)
    case .body: break
    case .end:
      isReading = false
      reading?.cancel()
      reading = nil
      // It may have been answered before it was here as a whole.
      if underWay == 0 { wait(patience.idle, context) }
    }
    context.fireChannelRead(data)
  }

  package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let part = response(unwrapOutboundIn(data))
    context.write(data, promise: promise)
    guard part == .end else { return }
    underWay = max(0, underWay - 1)
    guard underWay == 0 else { return }
    table.mark(context.channel, isBusy: false)
    if !isReading { wait(patience.idle, context) }
  }

  package func channelWritabilityChanged(context: ChannelHandlerContext) {
    writing?.cancel()
    writing = context.channel.isWritable ? nil : close(context, in: patience.message)
    context.fireChannelWritabilityChanged()
  }

  /// Gives the next request, or the rest of this one, some seconds.
  private func wait(_ seconds: Double, _ context: ChannelHandlerContext) {
    reading?.cancel()
    reading = close(context, in: seconds)
  }

  private func close(_ context: ChannelHandlerContext, in seconds: Double) -> Scheduled<Void> {
    let channel = context.channel
    return context.eventLoop.scheduleTask(in: .milliseconds(Int64(seconds * 1_000))) { channel.close(promise: nil) }
  }
}

/// Tells that bytes came, before anything is made of them.
private final class FirstBytes: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let note: () -> Void

  init(_ note: @escaping () -> Void) { self.note = note }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    note()
    context.fireChannelRead(data)
  }
}
