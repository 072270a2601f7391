import Glibc
package import NIOCore

/// A handler that pauses a listening socket when accepting fails, for instance because the process is out of
/// descriptors.
///
/// The connection stays in the kernel's queue and the socket stays readable. Without a pause, NIO would retry
/// immediately and keep a processor busy until a descriptor is free.
package final class AcceptPause: ChannelInboundHandler, RemovableChannelHandler {
  package typealias InboundIn = any Channel
  package typealias InboundOut = any Channel

  /// Duration of a pause, and thus the longest time that a client waits after a descriptor has become free.
  private static let rest = TimeAmount.milliseconds(200)
  /// Period without a failure after which the next one is reported again.
  private static let calm = TimeAmount.seconds(60)

  private let report: @Sendable (String) -> Void
  private var lastFailure: NIODeadline?
  private var resumption: Scheduled<Void>?

  /// Creates a handler.
  ///
  /// - Parameter report: called with the system's reason for the first of a series of failures.
  package init(report: @escaping @Sendable (String) -> Void) { self.report = report }

  /// Adds a handler to a socket that is already listening.
  package static func add(to channel: any Channel, report: @escaping @Sendable (String) -> Void) async {
    let added = channel.eventLoop.submit {
      try channel.pipeline.syncOperations.addHandler(AcceptPause(report: report), position: .first)
    }
    // Fails only if the socket is closed, and then nothing is accepted anyway.
    try? await added.get()
  }

  package func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // After ECONNABORTED, the connection is no longer in the queue.
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
