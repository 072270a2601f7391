import RelayCore
import RelayWire

/// Configuration in force.
struct ConfigurationReport: Sendable {
  /// Bound UDP port.
  let port: UInt16
  /// Whether anyone may use the relay.
  let open: Bool
  /// Number of active keys.
  let keys: Int
  /// Number of groups.
  let groups: Int
  /// Identifies the set of active keys: SHA-256 over their groups and fingerprints, in hex.
  let keySetDigest: String
  /// Bandwidth and packet caps.
  let caps: Caps
  /// Broadcasts per second that one address may cause; nil for the default.
  let broadcastRate: UInt32?
  /// Whether datagrams are sent with UDP_SEGMENT.
  let segmentation: Bool
  /// Whether datagrams are received with UDP_GRO.
  let receivesCoalesced: Bool
  /// Whether only handshakes move a return path.
  let strictRoaming: Bool
  /// Number of worker threads.
  let workers: Int
  /// Receive buffer per socket in bytes.
  let receiveBuffer: Int
  /// Implementation of the mac1 search.
  let macSearch: String
  /// When the configuration was last loaded, as RFC 3339.
  let loadedAt: String
  /// Number of successful reloads.
  let reloads: UInt64
  /// Number of rejected reloads.
  let failedReloads: UInt64
  /// Why the last reload was rejected; nil if it was not.
  let reloadFailure: String?
  /// Declaration in force; nil if the files came without one.
  let declaration: DeclarationAnswer.InForce?
}
