import CRelayCore

/// What a member says of itself, four times a second.
struct Heartbeat: Equatable {
  /// Random number that only the receiver of this heartbeat can return.
  var stamp: UInt64
  /// The last stamp received from the receiver; 0 if there is none.
  var echo: UInt64
  /// Nanoseconds between receiving that stamp and sending this.
  var held: UInt64
  /// Where the member's data comes from and goes to.
  var data: Endpoint
  /// Whether the member has a full copy of what the cluster knows.
  var isReady: Bool
  /// Digest of the records that the member has.
  var digest: UInt64
  /// Control endpoints of the members that it can reach.
  var members: [Endpoint]
}
