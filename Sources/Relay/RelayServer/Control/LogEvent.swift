/// Event of a log line. This list is the source of truth for docs/relay.md.
package enum LogEvent: String, Sendable, CaseIterable {
  case started
  case stopped
  case draining
  case reloaded
  case reloadFailed = "reload_failed"
  case restartNeeded = "restart_needed"
  case keysRevoked = "keys_revoked"
  case pairsSeparated = "pairs_separated"
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
  case memberJoined = "member_joined"
  case memberLost = "member_lost"
  case memberBack = "member_back"
  case memberChanged = "member_changed"
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
    case .started: "The relay receives. The line shows where, and the number of keys, threads and bytes of buffer."
    case .draining:
      "The relay received SIGTERM, and ends in `seconds`: it still forwards, but `/readyz` returns 503. A second SIGTERM ends it now."
    case .stopped: "The relay has stopped; `handed_over` says whether a successor continues without a gap."
    case .reloaded: "Keys or configuration have changed; `key_set` identifies the set of keys, as in `/api/v1/config`."
    case .reloadFailed:
      "A file cannot be used, so nothing changes. Correct the file: it is read again when it changes."
    case .restartNeeded:
      "A setting that takes effect only at a restart has changed: the relay keeps the old value. Everything else in the files is in force."
    case .keysRevoked: "Keys were removed, and their sessions ended."
    case .pairsSeparated: "The access rules have changed, and the sessions of pairs that they no longer permit ended."
    case .noKeys: "The list of keys is empty: no one can use the relay, and it is not ready."
    case .handshake: "A session began (`--debug` only)."
    case .handshakeRefused: "A handshake was dropped; `reason` is one of the drop reasons above."
    case .ownerSilent:
      "No answer came from the key's last known address, so its group was asked too; its peer has moved or is off."
    case .peerMoved: "A session's data comes from a new address, and the session moves there."
    case .moveReverted:
      "A session's newest data comes from the address before its last move, and the session moves back."
    case .askerIgnored:
      "The key's peer answers others but not this source: check the source's clock and keys, and whether that peer knows it."
    case .keyContested:
      "A key alternates between two addresses: two machines share its private key, or one keeps changing networks."
    case .stateRestored: "Sessions of the previous process were restored."
    case .stateRefused: "The state file is damaged or of another version; peers repeat their handshakes automatically."
    case .stateUnreadable: "The state file cannot be read; check its owner and mode."
    case .stateNotSaved:
      "The state file cannot be written: a restart would lose the sessions. Check its folder's mode and the disk."
    case .memberJoined: "Another member of the cluster is reached, with the cluster's key."
    case .memberLost:
      "A member of the cluster has left, or has been silent for a second. Its peers go on at other members."
    case .memberBack: "A member of the cluster is heard again."
    case .memberChanged: "A member of the cluster is ready, or has another address for data."
    case .handedOver: "A new process has taken over the socket and the sessions."
    case .handoverRefused:
      "A process of another user, or one that cannot read the relay's folder, asked for the sessions and was refused."
    case .handoverFailed:
      "A successor asked for the sessions but disappeared before it could take over; this process continues."
    case .handoverUnavailable: "The socket next to the state file cannot be created; restarts use the file alone."
    case .acceptFails:
      "HTTP connections cannot be accepted, for example because descriptors ran out (`LimitNOFILE=`); they wait, and the relay tries five times a second. Logged again only after a minute without the error."
    case .receiveFails:
      "The system refuses to receive, for example because a seccomp filter lacks recvmmsg: nothing is forwarded, and `/readyz` returns 503. The relay tries five times a second. Logged once."
    case .receivesAgain: "The failure that `receive_fails` reported is over."
    case .sendFails:
      "The system refuses to send, to one peer or to all; `reason` is the system's error. Logged again only after five minutes without the error."
    case .severalAddresses:
      "The host has several addresses: from now on, answers are sent from the address that was asked."
    case .smallReceiveBuffer: "The kernel gives less receive buffer than asked for; raise `net.core.rmem_max`."
    case .noReceiveCoalescing: "The kernel lacks UDP_GRO (Linux 5.0); packets cost more processor time."
    case .noSendSegmentation: "The kernel lacks UDP_SEGMENT (Linux 4.18); packets cost more processor time."
    case .probesNotStarted: "The thread of the declared probes could not be started."
    }
  }
}
