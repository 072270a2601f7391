/// Statistics of the control thread at one moment.
package struct MachineStatistics: Sendable {
  /// Initiations forwarded.
  package let initiations: UInt64
  /// Responses forwarded.
  package let responses: UInt64
  /// Handshakes completed.
  package let handshakes: UInt64
  /// Pairs of address and key that attempted a handshake in the last five minutes.
  package let pairsTried: Int
  /// Pairs among `pairsTried` that completed a handshake.
  package let pairsMade: Int
  /// Confirmed sessions.
  package let sessions: Int
  /// Responses that await confirmation by their initiator.
  package let candidates: Int
  /// Initiations that await their response.
  package let pendingInitiations: Int
  /// Addresses known to receive what is sent to them.
  package let addresses: Int
  /// Addresses that are trying to move a session.
  package let roamingCandidates: Int
  /// Statistics of each key, ordered by group and name.
  package let peers: [PeerStatistics]
}
