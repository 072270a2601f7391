import Glibc
package import NIOCore

/// Lets a listening socket rest when it cannot take a connection, for instance because the process has no descriptor left.
///
/// The connection waits in the kernel's queue, so that the socket stays readable: without a rest, NIO tries again at once
/// and keeps a processor busy until a descriptor is free.
package final class AcceptPause: ChannelInboundHandler, RemovableChannelHandler {
  package typealias InboundIn = any Channel
  package typealias InboundOut = any Channel

  /// How long clients wait at most for a descriptor that has become free.
  private static let rest = TimeAmount.milliseconds(200)
  /// Without a failure for so long, the next one is worth a line again.
  private static let calm = TimeAmount.seconds(60)

  private let report: @Sendable (String) -> Void
  private var lastFailure: NIODeadline?
  private var resumption: Scheduled<Void>?

  /// - Parameter report: called with the system's reason when failures begin, and not for each of them.
  package init(report: @escaping @Sendable (String) -> Void) { self.report = report }

  /// Adds one to a socket that listens already.
  package static func add(to channel: any Channel, report: @escaping @Sendable (String) -> Void) async {
    let added = channel.eventLoop.submit {
      try channel.pipeline.syncOperations.addHandler(AcceptPause(report: report), position: .first)
    }
    // It fails only if the socket is closed, and then nothing is accepted.
    try? await added.get()
  }

  package func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // An aborted connection has left the queue.
    if let failure = error as? IOError, failure.errnoCode != ECONNABORTED {
      note(failure)
      pause(context.channel)
    }
    context.fireErrorCaught(error)
  }

  package func handlerRemoved(context: ChannelHandlerContext) { resumption?.cancel() }

  private func note(_ failure: IOError) {
    let now = NIODeadline.now()
    if lastFailure.map({ now - $0 > Self.calm }) ?? true { report(String(cString: strerror(failure.errnoCode))) }
    lastFailure = now
  }

  private func pause(_ channel: any Channel) {
    guard resumption == nil else { return }
    try? channel.syncOptions?.setOption(.autoRead, value: false)
    let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
    resumption = channel.eventLoop.scheduleTask(in: Self.rest) {
      bound.value.resumption = nil
      try? channel.syncOptions?.setOption(.autoRead, value: true)
    }
  }
}
