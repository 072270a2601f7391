/// What a relay's `/api/v1/stats` tells. Every part may be missing: an older relay says less.
package struct RelayStatistics: Sendable, Equatable {
  /// Seconds since the process started.
  package var uptime: Double?
  package var handshakes: HandshakeCount?
  /// Valid responses that were forwarded.
  package var responses: UInt64?
  /// Live sessions.
  package var sessions: Int?
  package var traffic: Traffic?
  /// Dropped datagrams by reason, where there are any.
  package var drops: [String: UInt64] = [:]
  /// Datagrams that the kernel dropped because the socket's receive queue was full.
  package var receiveQueueOverflow: UInt64?
  package var peers: [Peer] = []
  package var probes: [ProbeResult] = []

  package init() {}

  /// Counters since the process started.
  package struct Traffic: Sendable, Equatable {
    package var receivedBytes: UInt64
    package var receivedPackets: UInt64
    package var forwardedBytes: UInt64
    package var forwardedPackets: UInt64

    package init(
      receivedBytes: UInt64 = 0, receivedPackets: UInt64 = 0, forwardedBytes: UInt64 = 0, forwardedPackets: UInt64 = 0
    ) {
      self.receivedBytes = receivedBytes
      self.receivedPackets = receivedPackets
      self.forwardedBytes = forwardedBytes
      self.forwardedPackets = forwardedPackets
    }
  }

  /// A key as the relay sees it. Its name is that of the Key document.
  package struct Peer: Sendable, Equatable {
    package enum State: String, Sendable {
      /// A session of it carried data within the last three minutes.
      case connected
      /// It has sessions, or had; none is in use.
      case idle
      /// It has never been here since the relay started.
      case never
    }

    package var name: String
    package var alias: String?
    package var fingerprint: String?
    package var group: String?
    package var state: State
    /// Address and port it was last seen at.
    package var endpoint: String?
    package var sessions = 0
    package var handshakes: UInt64 = 0
    /// Seconds since its last handshake.
    package var lastHandshakeAge: Double?
    package var receivedBytes: UInt64 = 0
    package var sentBytes: UInt64 = 0
    /// Milliseconds from initiation to confirmation.
    package var handshakeMilliseconds: Double?
    /// Milliseconds from the relay to the peer and back.
    package var pathMilliseconds: Double?

    package init(name: String, state: State) {
      self.name = name
      self.state = state
    }
  }

  /// What a declared probe found last.
  package struct ProbeResult: Sendable, Equatable {
    package var name: String
    package var kind: String?
    package var target: String?
    package var address: String?
    /// RFC 3339.
    package var finishedAt: String?
    /// Nil where it has not run yet.
    package var reached: Bool?
    package var failure: String?
    package var sent: Int?
    package var received: Int?
    /// Round-trip times of a ping.
    package var milliseconds: [Double] = []
    /// Hops of a traceroute.
    package var hops: [Hop] = []

    package init(name: String) { self.name = name }
  }

  package struct Hop: Sendable, Equatable {
    package var number: Int
    package var address: String?
    package var milliseconds: [Double]
    package var reached: Bool

    package init(number: Int, address: String?, milliseconds: [Double], reached: Bool) {
      self.number = number
      self.address = address
      self.milliseconds = milliseconds
      self.reached = reached
    }
  }
}

/// Handshakes counted over some time, or since a relay started.
package struct HandshakeCount: Sendable, Equatable {
  /// Valid initiations that were forwarded.
  package var initiated: UInt64
  /// Handshakes whose initiator went on to use the session.
  package var completed: UInt64

  package init(initiated: UInt64 = 0, completed: UInt64 = 0) {
    self.initiated = initiated
    self.completed = completed
  }

  /// What began within the time, or before it and ended in it.
  package var attempts: UInt64 { max(initiated, completed) }

  /// The share of attempts that led to a session, 0 to 1; nil without any.
  package var success: Double? { attempts == 0 ? nil : Double(completed) / Double(attempts) }

  /// The share after Laplace's rule of succession: a single failure is not yet the end, a single success not yet proof.
  package var smoothedSuccess: Double { (Double(completed) + 1) / (Double(attempts) + 2) }

  package static func + (left: HandshakeCount, right: HandshakeCount) -> HandshakeCount {
    HandshakeCount(
      initiated: left.initiated.saturatingSum(right.initiated), completed: left.completed.saturatingSum(right.completed)
    )
  }
}

extension UInt64 {
  /// Counters from outside may be anything; sums of them stay in range.
  package func saturatingSum(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
