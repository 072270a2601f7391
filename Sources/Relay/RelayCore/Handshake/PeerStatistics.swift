/// Statistics of one key.
package struct PeerStatistics: Sendable, Equatable {
  /// Connection state of a key.
  package enum State: String, Sendable {
    /// A session carried data within the last three minutes.
    case connected
    /// The key has had a handshake, but no session is in use.
    case idle
    /// No handshake since the relay started.
    case never
  }

  /// Name of the key.
  package let name: String
  /// Alias of the key, if it has one.
  package let alias: String?
  /// Fingerprint of the public key.
  package let fingerprint: String
  /// Group of the key.
  package let group: String
  /// Whether the key is connected.
  package let state: State
  /// Latest address that sessions have proven for the key.
  package let endpoint: Endpoint
  /// Number of live sessions.
  package let sessions: Int
  /// Number of completed handshakes.
  package let handshakes: UInt64
  /// Seconds since the last handshake; nil if there was none.
  package let lastHandshakeAge: Double?
  /// Bytes received from the peer.
  package let receivedBytes: UInt64
  /// Packets received from the peer.
  package let receivedPackets: UInt64
  /// Bytes forwarded to the peer.
  package let sentBytes: UInt64
  /// Packets forwarded to the peer.
  package let sentPackets: UInt64
  /// Milliseconds from initiation to confirmation of the last handshake.
  package let handshakeTime: Double?
  /// Round-trip time between relay and peer in milliseconds, from the last handshake.
  package let pathTime: Double?
  /// Member of the cluster at which the peer is at home; nil if the relay is alone, or the peer has no session.
  package var member: MemberID?
  /// What the key has done at all processes of the relay, those that have ended included; nil if the relay is alone.
  package var total: KeyCount?
}
