/// Time limits for clients.
package struct ConnectionTimeouts: Sendable {
  /// Seconds without a request after which a connection is closed.
  package var idle: Double
  /// Seconds for a request to complete once it has begun, and for a response to make progress.
  package var message: Double

  package init(idle: Double = 30, message: Double = 20) {
    self.idle = idle
    self.message = message
  }
}
