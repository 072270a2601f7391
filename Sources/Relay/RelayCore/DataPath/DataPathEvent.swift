import CRelayCore

/// An event from a worker to the slow path: a handshake message, or an observation about a leg.
package struct DataPathEvent: Sendable {
  /// Kind of an event.
  package enum Kind: UInt32, Sendable {
    /// A handshake message arrived.
    case handshake = 1
    /// The initiator of a session used the responder's index for the first time.
    case confirmed = 2
    /// Data for a leg arrived from an address other than the leg's, with a counter above all earlier ones.
    case moved = 3
    /// Data arrived from the address before the last move, and newer packets have already been received.
    case late = 4
    /// A datagram that may be a greeting of a member arrived.
    case greeting = 5
  }

  /// Kind of the event.
  package var kind: Kind
  /// Address from which the packet came.
  package var source: Endpoint
  /// The handshake message or greeting; empty for other kinds.
  package var message: [UInt8]
  /// The leg concerned; 0 for handshakes.
  package var leg: LegID
  /// Counter of the data packet; 0 for handshakes.
  package var counter: UInt64
  /// Packet length in bytes; for a handshake, its traffic class (DSCP and ECN).
  package var length: UInt32
  /// When the packet was received.
  package var at: Instant
}
