/// A key that has a live session with a relay right now, because the relay says so.
package struct TopologyEdge: Sendable, Equatable {
  package let relay: RelayID
  /// The name of the Key document.
  package let key: String
  package let endpoint: String?
  package let sessions: Int
  /// Seconds since the last handshake.
  package let lastHandshakeAge: Double?
  package let pathMilliseconds: Double?
  package let receivedBitsPerSecond: Double
  package let sentBitsPerSecond: Double
}
