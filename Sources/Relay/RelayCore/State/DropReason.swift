/// Reason why a packet was not forwarded. This list is the source of truth for counters, metrics, logs and
/// documentation.
package enum DropReason: Int, Sendable, CaseIterable {
  case malformed
  case unknownIndex
  case ambiguousIndex
  case unconfirmed
  case moved
  case implausibleCounter
  case handshakeQueueFull
  case notAllowed
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
    case .implausibleCounter: "implausible_counter"
    case .handshakeQueueFull: "handshake_queue_full"
    case .notAllowed: "not_allowed"
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
    case .malformed: "not a WireGuard message of the right length; noise of the internet, or another program's traffic"
    case .unknownIndex:
      "data of no live session: the relay was restarted without its state, the key was revoked, or the peers' session is older than three minutes; they shake hands again by themselves"
    case .ambiguousIndex: "data from an unknown address whose index several sessions share; a handshake resolves it"
    case .unconfirmed: "data from a responder that its initiator has not answered yet"
    case .moved: "data from a new address while roaming is strict; a handshake resolves it"
    case .implausibleCounter: "data from a new address whose counter is old or far ahead: a replay, or a guess"
    case .handshakeQueueFull: "more handshakes than the slow path takes; established sessions are not affected"
    case .notAllowed: "a handshake whose mac1 fits no active key: a revoked or undeclared key, or a stranger"
    case .noTarget: "a handshake for a key that no known address could have; its peer has not connected yet"
    case .challenged: "a handshake answered with a cookie, because its source has not shown that it receives there"
    case .unsolicited:
      "a response or cookie reply that fits no initiation sent to that address, or one more than an initiation may have"
    case .sourceRate:
      "more initiations from one network (/24, /56) or address than are taken; `strangersPerNetwork`, `newcomersPerNetwork` or `perAddress` of `limits`"
    case .keyRate:
      "more initiations for one key than are taken; `strangersPerKey` or `newcomersPerKey` of `limits`"
    case .totalRate: "more initiations than are taken in all; `strangers` or `newcomers` of `limits`"
    case .broadcastRate:
      "an initiation for a key that nobody knows, and its group has just been asked; --broadcast-rate, `broadcastCopies` or `broadcastCopiesPerGroup` of `limits`"
    case .tableFull:
      "a table has reached its bound, and something was refused or gave way; raise --max-sessions if the load is real"
    case .bandwidth: "over the bandwidth or packet cap of the relay or of one key's fair share"
    case .sendBufferFull: "the socket's send buffer is full; raise net.core.wmem_max"
    case .sendFailed: "the kernel refused to send, for instance for want of a route"
    }
  }
}
