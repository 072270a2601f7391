import CRelayCore

/// A message between members, before encryption.
enum ClusterMessage: Equatable {
  /// An initiation that another member has to send, because its target is at home there.
  struct ForwardedInitiation: Equatable {
    var bytes: [UInt8]
    var trafficClass: UInt32
    /// Address that it came from.
    var source: Endpoint
    /// Address that it goes to.
    var target: Endpoint
    /// Public key of the peer that it is for; empty on an open relay.
    var key: [UInt8]
    /// Name of the key's group.
    var group: [UInt8]
    /// Whether the source has proven that it receives what is sent to it.
    var isTrusted: Bool
  }

  /// Any other handshake message that another member has to send.
  struct Delivery: Equatable {
    var bytes: [UInt8]
    var trafficClass: UInt32
    var target: Endpoint
  }

  /// Data of a session's end that arrived from an address.
  struct Arrival: Equatable {
    var session: SessionFacts.Identity
    /// Whether the packet is from the initiator.
    var isFromInitiator: Bool
    var source: Endpoint
    var counter: UInt64
    var length: UInt32
  }

  /// Permission to send copies of a session's data to an address at which one of its ends may be now.
  struct Accompaniment: Equatable {
    var session: SessionFacts.Identity
    /// Whether the end that may have moved is the initiator.
    var isInitiator: Bool
    /// Address at which the end may be.
    var source: Endpoint
    /// Member at which packets from that address arrive.
    var entrance: MemberID
    /// Bytes that the copies may have.
    var credit: UInt32
    /// Whether copies are sent even while the end's earlier address sends data.
    var isSteady: Bool
  }

  /// What keys have done at one process.
  struct Counts: Equatable {
    /// A key's count.
    struct Entry: Equatable {
      var key: [UInt8]
      var count: KeyCount
    }

    /// Number under which the process counts.
    var source: UInt64
    var keys: [Entry]
  }

  case heartbeat(Heartbeat)
  case leave
  case records([ClusterRecord])
  /// Digests of all buckets.
  case digests([UInt64])
  /// Buckets whose records are wanted.
  case want([UInt16])
  case initiation(ForwardedInitiation)
  /// An initiation whose peer is nowhere yet, and may turn up at any member, and for how long it waits.
  case waiting(ForwardedInitiation, milliseconds: UInt64)
  /// A response, with the session that it may become.
  case response(Delivery, SessionFacts)
  case delivery(Delivery)
  /// Data that arrived at another member than the end's home.
  case arrival(Arrival)
  /// Copies that an end's home allows.
  case accompaniment(Accompaniment)
  /// What keys ask for at the sender.
  case demand(Demand)
  /// What the sender has spent from budgets.
  case spent([Spending.Entry])
  /// What keys have done at a process, perhaps one that has ended.
  case counts(Counts)
  /// Proof of a way between members, which travels on it.
  case greeting(MemberPaths.Greeting)
}
