import CRelayCore

/// One direction of a session: packets with `receiverIndex` from `from` go to `to`.
package struct Leg: Equatable {
  /// Index that the packets carry; the receiving peer chose it.
  package var receiverIndex: UInt32
  /// Where the packets come from.
  package var from: Endpoint
  /// Where the packets go.
  package var to: Endpoint
  /// State of the leg.
  package var flags: Flags
  /// Number of the meter that the packets spend credit from.
  package var meter: UInt32

  /// State of a leg.
  package struct Flags: OptionSet, Sendable {
    /// The bits.
    package let rawValue: UInt32
    /// Creates flags from bits.
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The leg is in use.
    package static let live = Flags(rawValue: 1)
    /// The leg leads from initiator to responder; the other leg of the session leads back.
    package static let towardResponder = Flags(rawValue: 2)
    /// The initiator has used the responder's index.
    package static let confirmed = Flags(rawValue: 4)
    /// Packets also go to a companion address, which may be the peer's new one, as far as its credit allows.
    package static let companion = Flags(rawValue: 8)
    /// Other sessions have the same index and source, by chance or by intent. Packets go to all of them, because only
    /// the ends can tell which session a packet belongs to.
    package static let shared = Flags(rawValue: 16)

    /// Packets go to another member of the cluster, so none that comes from a member may follow the leg.
    package static let toMember = Flags(rawValue: 32)

    /// Packets come from another member of the cluster.
    package static let fromMember = Flags(rawValue: 64)

    /// Both flags of members.
    static let ways: Flags = [.fromMember, .toMember]

    /// Flags that survive in a snapshot.
    static let kept: Flags = [.live, .towardResponder, .confirmed, .shared]
  }
}
