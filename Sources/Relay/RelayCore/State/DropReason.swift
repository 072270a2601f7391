/// Reason why a packet was not forwarded. This list is the source of truth for counters, metrics, logs and
/// documentation.
package enum DropReason: Int, Sendable, CaseIterable {
  case malformed
  case unknownIndex
  case ambiguousIndex
  case unconfirmed
  case moved
  case secondHop
  case implausibleCounter
  case handshakeQueueFull
  case notAllowed
  case notPermitted
  case noTarget
  case challenged
  case unsolicited
  case sourceRate
  case keyRate
  case totalRate
  case broadcastRate
  case tableFull
  case bandwidth
  case sendBufferFull
  case sendFailed

  /// Label of the metric.
  package var label: String {
    switch self {
    case .malformed: "malformed"
    case .unknownIndex: "unknown_index"
    case .ambiguousIndex: "ambiguous_index"
    case .unconfirmed: "unconfirmed"
    case .moved: "moved"
    case .secondHop: "second_hop"
    case .implausibleCounter: "implausible_counter"
    case .handshakeQueueFull: "handshake_queue_full"
    case .notAllowed: "not_allowed"
    case .notPermitted: "not_permitted"
    case .noTarget: "no_target"
    case .challenged: "challenged"
    case .unsolicited: "unsolicited"
    case .sourceRate: "source_rate"
    case .keyRate: "key_rate"
    case .totalRate: "total_rate"
    case .broadcastRate: "broadcast_rate"
    case .tableFull: "table_full"
    case .bandwidth: "bandwidth"
    case .sendBufferFull: "send_buffer_full"
    case .sendFailed: "send_failed"
    }
  }

  /// What the reason means, and what an operator can do about it.
  package var explanation: String {
    switch self {
    case .malformed: "not a WireGuard message of the right length: internet noise, or another program's traffic"
    case .unknownIndex:
      "data that belongs to no live session: the relay restarted without its state, the key was revoked, or the peers' session is older than three minutes; the peers repeat the handshake automatically"
    case .ambiguousIndex:
      "data from an unknown address with an index that several sessions share; a handshake resolves it"
    case .unconfirmed: "data from a responder that its initiator has not answered yet"
    case .moved: "data from a new address while roaming is strict; a handshake resolves it"
    case .secondHop:
      "data from a member of the cluster for a peer that is at home at another; members agree within a second"
    case .implausibleCounter: "data from a new address whose counter is old or far ahead: a replay, or a guess"
    case .handshakeQueueFull: "more handshakes than the slow path can handle; established sessions are not affected"
    case .notAllowed: "a handshake whose mac1 matches no active key: a revoked or undeclared key, or an unknown sender"
    case .notPermitted: "a handshake between two keys that the relay's `access` rules do not let speak with each other"
    case .noTarget: "a handshake for a key that cannot be at any known address; its peer has not connected yet"
    case .challenged:
      "a handshake answered with a cookie, because its source has not yet proved that it receives at its address"
    case .unsolicited:
      "a response or cookie reply that matches no initiation sent to that address, or exceeds the number allowed for one"
    case .sourceRate:
      "more initiations from one network (/24, /56) or address than are accepted; see `strangersPerNetwork`, `newcomersPerNetwork` or `perAddress` of `limits`"
    case .keyRate:
      "more initiations for one key than are accepted; see `strangersPerKey` or `newcomersPerKey` of `limits`"
    case .totalRate: "more initiations in total than are accepted; see `strangers` or `newcomers` of `limits`"
    case .broadcastRate:
      "an initiation for a key whose address is unknown, although its group was asked a moment ago; see --broadcast-rate, `broadcastCopies` or `broadcastCopiesPerGroup` of `limits`"
    case .tableFull:
      "a table is full, and an entry was refused or evicted; raise --max-sessions if the load is real"
    case .bandwidth: "over the bandwidth or packet cap of the relay or of one key's fair share"
    case .sendBufferFull: "the socket's send buffer is full; raise net.core.wmem_max"
    case .sendFailed: "the kernel refused to send, for example because there is no route"
    }
  }
}
