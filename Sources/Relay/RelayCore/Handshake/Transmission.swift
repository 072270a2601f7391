/// A message for the server to send.
package struct Transmission: Sendable, Equatable {
  /// Destination.
  package let to: Endpoint
  /// The message.
  package let bytes: [UInt8]
  /// Traffic class (DSCP and ECN); a forwarded message keeps the one with which it arrived.
  package var trafficClass: UInt32 = 0
}
