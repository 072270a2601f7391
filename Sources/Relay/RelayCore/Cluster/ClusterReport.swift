import CRelayCore

/// A cluster, as one of its members sees it.
package struct ClusterReport: Sendable {
  /// Another member.
  package struct Member: Sendable {
    /// Number of the member's process.
    package let id: MemberID
    /// Where its control messages come from.
    package let control: Endpoint
    /// State of the member.
    package let state: MemberTable.State
    /// Milliseconds there and back; nil before the first answer.
    package let roundTrip: Double?
    /// Whether it has the same records as this member, or had them a moment ago.
    package let agrees: Bool
    /// Number of peers' addresses that are at home there.
    package let homes: Int
  }

  /// Number of this process.
  package let id: MemberID
  /// Whether this member has a copy of what the others know.
  package let isReady: Bool
  /// Number of peers' addresses that are at home here.
  package let homes: Int
  /// The other members, by number.
  package let members: [Member]
  /// Members that were lost within the last hour.
  package let lost: Int
  /// Data that other members passed on to this one.
  package let fromMembers: Volume
  /// Data that this member passed on to others.
  package let toMembers: Volume
}
