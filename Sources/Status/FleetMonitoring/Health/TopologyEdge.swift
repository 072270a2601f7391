/// A live session between a key and a relay, as the relay reports it.
package struct TopologyEdge: Sendable, Equatable {
  /// Relay that reports the session.
  package let relay: RelayID
  /// Name of the Key document.
  package let key: String
  /// Address and port at which the peer was last seen.
  package let endpoint: String?
  /// Live sessions of the key on this relay.
  package let sessions: Int
  /// Seconds since the last handshake.
  package let lastHandshakeAge: Double?
  /// Round-trip time between relay and peer, in milliseconds.
  package let pathMilliseconds: Double?
  /// Bits per second received from the peer between the last two observations; zero if unknown.
  package let receivedBitsPerSecond: Double
  /// Bits per second sent to the peer between the last two observations; zero if unknown.
  package let sentBitsPerSecond: Double
}
