/// Document of a relay's `/api/v1/stats`, for the relay that writes it and the programs that read it.
///
/// Every part may be missing, since older relays report less.
package struct RelayStatistics: Sendable, Equatable {
  /// Seconds since the process started.
  package var uptime: Double?
  /// Handshakes since the process started.
  package var handshakes: HandshakeCount?
  /// Valid responses forwarded.
  package var responses: UInt64?
  /// Live sessions.
  package var sessions: Int?
  /// Payload counters.
  package var traffic: Traffic?
  /// Dropped datagrams by reason; reasons with a count of zero are absent.
  package var drops: [String: UInt64] = [:]
  /// Datagrams that the kernel dropped because the socket's receive queue was full.
  package var receiveQueueOverflow: UInt64?
  /// Occupancy of the relay's tables.
  package var tables: Tables?
  /// The cluster that the process is a member of; nil if it is alone.
  package var cluster: Cluster?
  /// Keys that the relay admits.
  package var peers: [Peer] = []
  /// Results of the declared probes.
  package var probes: [ProbeResult] = []

  /// Creates statistics that report nothing.
  package init() {}

  /// Payload counters since the process started.
  package struct Traffic: Sendable, Equatable {
    /// Bytes received.
    package var receivedBytes: UInt64
    /// Datagrams received.
    package var receivedPackets: UInt64
    /// Bytes forwarded.
    package var forwardedBytes: UInt64
    /// Datagrams forwarded.
    package var forwardedPackets: UInt64

    /// Creates counters.
    package init(
      receivedBytes: UInt64 = 0, receivedPackets: UInt64 = 0, forwardedBytes: UInt64 = 0, forwardedPackets: UInt64 = 0
    ) {
      self.receivedBytes = receivedBytes
      self.receivedPackets = receivedPackets
      self.forwardedBytes = forwardedBytes
      self.forwardedPackets = forwardedPackets
    }
  }

  /// Occupancy of a relay's tables.
  package struct Tables: Sendable, Equatable {
    /// Addresses known to receive what is sent to them.
    package var addresses: Int
    /// Initiations that await their response.
    package var pendingInitiations: Int
    /// Responses that await confirmation by their initiator.
    package var sessionCandidates: Int
    /// Addresses that are trying to move a session.
    package var roamingCandidates: Int

    /// Creates an occupancy.
    package init(addresses: Int, pendingInitiations: Int, sessionCandidates: Int, roamingCandidates: Int) {
      self.addresses = addresses
      self.pendingInitiations = pendingInitiations
      self.sessionCandidates = sessionCandidates
      self.roamingCandidates = roamingCandidates
    }
  }

  /// A key as the relay sees it.
  package struct Peer: Sendable, Equatable {
    /// Activity of a key.
    package enum State: String, Sendable {
      /// A session of the key carried data within the last three minutes.
      case connected
      /// The key has or had sessions, but none is in use.
      case idle
      /// The key has not connected since the relay started.
      case never
    }

    /// Name of the Key document.
    package var name: String
    /// Alias from the Key document.
    package var alias: String?
    /// Fingerprint of the public key.
    package var fingerprint: String?
    /// Group of the key.
    package var group: String?
    /// Activity.
    package var state: State
    /// Address and port at which the peer was last seen.
    package var endpoint: String?
    /// Live sessions.
    package var sessions = 0
    /// Completed handshakes since the relay started.
    package var handshakes: UInt64 = 0
    /// Seconds since the last handshake.
    package var lastHandshakeAge: Double?
    /// Payload bytes received from the peer.
    package var receivedBytes: UInt64 = 0
    /// Payload datagrams received from the peer.
    package var receivedPackets: UInt64 = 0
    /// Payload bytes sent to the peer.
    package var sentBytes: UInt64 = 0
    /// Payload datagrams sent to the peer.
    package var sentPackets: UInt64 = 0
    /// Duration from initiation to confirmation, in milliseconds.
    package var handshakeMilliseconds: Double?
    /// Round-trip time between relay and peer, in milliseconds.
    package var pathMilliseconds: Double?
    /// Number of the relay's process at which the peer is at home, in hexadecimal; nil if the relay has one process, or
    /// the peer has no session.
    package var member: String?
    /// What the key has done at all processes of the relay, those that have ended included; nil if the relay has one
    /// process.
    package var total: Total?

    /// Counters of a key.
    package struct Total: Sendable, Equatable {
      /// Completed handshakes.
      package var handshakes: UInt64
      /// Payload bytes received from the peer.
      package var receivedBytes: UInt64
      /// Payload datagrams received from the peer.
      package var receivedPackets: UInt64
      /// Payload bytes sent to the peer.
      package var sentBytes: UInt64
      /// Payload datagrams sent to the peer.
      package var sentPackets: UInt64

      /// Creates counters.
      package init(
        handshakes: UInt64, receivedBytes: UInt64, receivedPackets: UInt64, sentBytes: UInt64, sentPackets: UInt64
      ) {
        self.handshakes = handshakes
        self.receivedBytes = receivedBytes
        self.receivedPackets = receivedPackets
        self.sentBytes = sentBytes
        self.sentPackets = sentPackets
      }
    }

    /// Creates a peer without sessions.
    package init(name: String, state: State) {
      self.name = name
      self.state = state
    }
  }

  /// Last result of a declared probe.
  package struct ProbeResult: Sendable, Equatable {
    /// Kind of a traceroute. Every other kind is written as a ping.
    package static let traceroute = "traceroute"

    /// Name of the probe.
    package var name: String
    /// Kind of probe, such as `ping`.
    package var kind: String?
    /// Target as declared.
    package var target: String?
    /// Address that the target resolved to.
    package var address: String?
    /// Time of completion (RFC 3339).
    package var finishedAt: String?
    /// Whether the target answered; nil if the probe has not run yet.
    package var reached: Bool?
    /// Why the probe failed; nil if it did not.
    package var failure: String?
    /// Pings sent.
    package var sent: Int?
    /// Pings answered.
    package var received: Int?
    /// Round-trip times of a ping, in milliseconds.
    package var milliseconds: [Double] = []
    /// Hops of a traceroute.
    package var hops: [Hop] = []

    /// Creates a probe that has not run yet.
    package init(name: String) { self.name = name }
  }

  /// A hop of a traceroute.
  package struct Hop: Sendable, Equatable {
    /// Distance in hops, from 1.
    package var number: Int
    /// Address of the router; nil if it did not answer.
    package var address: String?
    /// Round-trip times in milliseconds.
    package var milliseconds: [Double]
    /// Whether this hop is the target.
    package var reached: Bool

    /// Creates a hop.
    package init(number: Int, address: String?, milliseconds: [Double], reached: Bool) {
      self.number = number
      self.address = address
      self.milliseconds = milliseconds
      self.reached = reached
    }
  }
}

/// Number of handshakes over a period, or since a relay started.
package struct HandshakeCount: Sendable, Equatable {
  /// Valid initiations forwarded.
  package var initiated: UInt64
  /// Handshakes whose initiator went on to use the session.
  package var completed: UInt64

  /// Creates a count.
  package init(initiated: UInt64 = 0, completed: UInt64 = 0) {
    self.initiated = initiated
    self.completed = completed
  }
}
