import Glibc
package import NIOCore

/// A handler that closes stalled connections: idle ones, requests that do not complete, responses that the client does
/// not read, and peers that are gone. It belongs after the HTTP codec, and handles heads, bodies and ends.
///
/// The limit for a request starts with its first byte and is not extended by further ones, so sending single bytes
/// slowly gains nothing.
package final class ConnectionGuard<Inbound: Sendable, Outbound: Sendable>: ChannelDuplexHandler,
  RemovableChannelHandler
{
  package typealias InboundIn = Inbound
  package typealias InboundOut = Inbound
  package typealias OutboundIn = Outbound
  package typealias OutboundOut = Outbound

  private let table: ConnectionTable
  private let timeouts: ConnectionTimeouts
  private let request: @Sendable (Inbound) -> MessagePart
  private let response: @Sendable (Outbound) -> MessagePart
  private var reading: Scheduled<Void>?
  private var writing: Scheduled<Void>?
  /// Whether part of a request has been received, but not its end.
  private var isReading = false
  /// Number of requests without a response.
  private var underWay = 0

  /// Size of the kernel's send buffer in bytes, after which a slow client causes back pressure.
  private static var sendBuffer: Int { 256 << 10 }

  /// Creates a guard.
  ///
  /// - Parameters:
  ///   - table: the table that the connection is added to.
  ///   - timeouts: the time limits.
  ///   - request: returns the kind of a request part.
  ///   - response: returns the kind of a response part.
  package init(
    _ table: ConnectionTable, timeouts: ConnectionTimeouts, request: @escaping @Sendable (Inbound) -> MessagePart,
    response: @escaping @Sendable (Outbound) -> MessagePart
  ) {
    self.table = table
    self.timeouts = timeouts
    self.request = request
    self.response = response
  }

  package func handlerAdded(context: ChannelHandlerContext) {
    let milliseconds = Int(timeouts.message * 2_000)
    let options: [(CInt, CInt, Int)] = [
      (SOL_SOCKET, SO_SNDBUF, Self.sendBuffer), (SOL_SOCKET, SO_KEEPALIVE, 1),
      (CInt(IPPROTO_TCP), TCP_USER_TIMEOUT, milliseconds),
    ]
    for (level, name, value) in options {
      let option = ChannelOptions.Types.SocketOption(level: .init(rawValue: level), name: .init(rawValue: name))
      // Sockets other than TCP do not have these options, and need them less.
      context.channel.setOption(option, value: value).whenFailure { _ in }
    }
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    try? context.pipeline.syncOperations.addHandler(
      FirstBytes {
        let (handler, context) = bound.value
        handler.noteBytes(context)
      }, position: .first)
    table.enter(context.channel)
    wait(timeouts.idle, context)
  }

  package func handlerRemoved(context: ChannelHandlerContext) {
    reading?.cancel()
    writing?.cancel()
  }

  /// Starts the limit for a request when its first bytes arrive, even if the head is incomplete.
  private func noteBytes(_ context: ChannelHandlerContext) {
    guard !isReading, underWay == 0 else { return }
    isReading = true
    wait(timeouts.message, context)
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch request(unwrapInboundIn(data)) {
    case .head:
      // A pipelined request begins with its head, because its bytes arrived earlier.
      if !isReading { wait(timeouts.message, context) }
      isReading = true
      underWay += 1
      table.mark(context.channel, isBusy: true)
    case .body: break
    case .end:
      isReading = false
      reading?.cancel()
      reading = nil
      // It may have been answered before it was received completely.
      if underWay == 0 { wait(timeouts.idle, context) }
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
    if !isReading { wait(timeouts.idle, context) }
  }

  package func channelWritabilityChanged(context: ChannelHandlerContext) {
    writing?.cancel()
    writing = context.channel.isWritable ? nil : close(context, in: timeouts.message)
    context.fireChannelWritabilityChanged()
  }

  /// Closes the connection after some seconds unless the next request, or the rest of this one, arrives.
  private func wait(_ seconds: Double, _ context: ChannelHandlerContext) {
    reading?.cancel()
    reading = close(context, in: seconds)
  }

  private func close(_ context: ChannelHandlerContext, in seconds: Double) -> Scheduled<Void> {
    let channel = context.channel
    return context.eventLoop.scheduleTask(in: .milliseconds(Int64(seconds * 1_000))) { channel.close(promise: nil) }
  }
}

/// A handler that reports received bytes before they are decoded.
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
