/// Event of a log line. This list is the source of truth for docs/relay.md.
package enum LogEvent: String, Sendable, CaseIterable {
  case started
  case stopped
  case reloaded
  case reloadFailed = "reload_failed"
  case keysRevoked = "keys_revoked"
  case noKeys = "no_keys"
  case handshake
  case handshakeRefused = "handshake_refused"
  case ownerSilent = "owner_silent"
  case peerMoved = "peer_moved"
  case moveReverted = "move_reverted"
  case askerIgnored = "asker_ignored"
  case keyContested = "key_contested"
  case stateRestored = "state_restored"
  case stateRefused = "state_refused"
  case stateUnreadable = "state_unreadable"
  case stateNotSaved = "state_not_saved"
  case handedOver = "handed_over"
  case handoverRefused = "handover_refused"
  case handoverFailed = "handover_failed"
  case handoverUnavailable = "handover_unavailable"
  case acceptFails = "accept_fails"
  case receiveFails = "receive_fails"
  case receivesAgain = "receives_again"
  case sendFails = "send_fails"
  case severalAddresses = "several_addresses"
  case smallReceiveBuffer = "small_receive_buffer"
  case noReceiveCoalescing = "no_udp_gro"
  case noSendSegmentation = "no_udp_segment"
  case probesNotStarted = "probes_not_started"

  /// What the event means, and what an operator can do about it.
  package var explanation: String {
    switch self {
    case .started: "The relay receives. The line says where, with how many keys, threads and bytes of buffer."
    case .stopped: "The relay has ended; `handed_over` says whether a successor goes on without a gap."
    case .reloaded: "Keys or configuration have changed; `key_set` names the set, as `/api/v1/config` does."
    case .reloadFailed:
      "A file cannot be used; everything stays as it was. Correct the file: it is read again when it changes."
    case .keysRevoked: "Keys were taken away, and their sessions with them."
    case .noKeys: "The list of keys is empty: nobody may use the relay, and it is not ready."
    case .handshake: "A session began (`--debug` only)."
    case .handshakeRefused: "A handshake was dropped; `reason` is that of the dropped packets above."
    case .ownerSilent:
      "Nobody answered where the key was last seen, so members of its group were asked too; its peer has moved or is off."
    case .peerMoved: "A session's data comes from another address, and the session follows."
    case .moveReverted:
      "A session's newest data comes from the address before the last move, and the session is there again."
    case .askerIgnored:
      "The key's peer answers others, and not this source: look at the source's clock, its keys, and whether that peer knows it."
    case .keyContested:
      "A key is seen at two addresses in turn: two machines share its private key, or one changes networks again and again."
    case .stateRestored: "Sessions of the process before were taken over."
    case .stateRefused: "The state file is damaged or of another version; peers shake hands again by themselves."
    case .stateUnreadable: "The state file cannot be read; check its owner and mode."
    case .stateNotSaved:
      "The state file cannot be written: a restart would lose the sessions. Check its folder's mode and the disk."
    case .handedOver: "A new process has taken the socket and the sessions."
    case .handoverRefused: "A process of another user asked for the sessions, and got nothing."
    case .handoverFailed:
      "A successor asked and went away before it could go on; this process goes on as it was."
    case .handoverUnavailable: "The socket beside the state file cannot be made; restarts go through the file alone."
    case .acceptFails:
      "HTTP connections cannot be taken, for instance for want of descriptors (`LimitNOFILE=`); they wait, and the relay tries five times a second. Said again after a minute without."
    case .receiveFails:
      "The system refuses to receive, for instance by a seccomp filter without recvmmsg: nothing is forwarded, and `/readyz` says 503. The relay tries five times a second. Said once."
    case .receivesAgain: "What `receive_fails` said is over."
    case .sendFails:
      "The system refuses to send, to one peer or to all; `reason` is its word for why. Said again after five minutes without."
    case .severalAddresses:
      "The host has several addresses: from now on, answers leave by the one that was asked."
    case .smallReceiveBuffer: "The kernel gives less receive buffer than asked for; raise `net.core.rmem_max`."
    case .noReceiveCoalescing: "The kernel lacks UDP_GRO (Linux 5.0); packets cost more processor time."
    case .noSendSegmentation: "The kernel lacks UDP_SEGMENT (Linux 4.18); packets cost more processor time."
    case .probesNotStarted: "The thread of the declared probes could not be started."
    }
  }
}
