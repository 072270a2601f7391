import CRelayCore

/// What members share about a session: enough to forward its packets, and no key material.
struct SessionFacts: Equatable {
  /// What makes a session the same one on every member.
  struct Identity: Hashable {
    /// Public key of the initiator, 32 bytes; empty on an open relay.
    let initiatorKey: [UInt8]
    /// Public key of the responder, likewise.
    let responderKey: [UInt8]
    /// Index in packets to the responder.
    let towardResponder: UInt32
    /// Index in packets to the initiator.
    let towardInitiator: UInt32
  }

  /// One end of a session.
  struct End: Equatable {
    var endpoint: Endpoint
    /// Number of times that the end has moved. The larger number holds.
    var moves: UInt64
    /// The highest counter received from the end.
    var counter: UInt64
  }

  let identity: Identity
  var initiator: End
  var responder: End
  /// Milliseconds since the initiator used the session; nil while it has not.
  var confirmedAge: UInt64?
  /// Milliseconds for which the session is still forwarded.
  var lifetime: UInt64
}

/// Where the packets of an endpoint arrive.
struct Home: Equatable {
  var member: MemberID
  /// Number of times that the home has moved. The larger number holds; of equal ones, that of the lower member.
  var moves: UInt64

  /// Returns whether this one holds if another member says `other`.
  func outweighs(_ other: Home) -> Bool {
    moves != other.moves ? moves > other.moves : member < other.member
  }
}

/// A fact that members share.
enum ClusterRecord: Equatable {
  case session(SessionFacts)
  /// Where an endpoint is at home, with the names of the groups that it is known in, and milliseconds since it was
  /// heard.
  case home(Endpoint, Home, groups: [[UInt8]], age: UInt64)
  /// Secrets of a member's cookies, and milliseconds since it has had the current one.
  case cookies(MemberID, current: [UInt8], previous: [UInt8], age: UInt64)
}
