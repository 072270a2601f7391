extension RelayStatistics {
  /// A cluster, as the relay's process sees it.
  package struct Cluster: Sendable, Equatable {
    /// Another process of the relay.
    package struct Member: Sendable, Equatable {
      /// Number of the process, in hexadecimal.
      package var member: String
      /// Where its control messages come from.
      package var address: String
      /// `alive`, `joining` or `suspect`.
      package var state: String
      /// Milliseconds there and back.
      package var roundTripMilliseconds: Double?
      /// Whether it has the same records.
      package var agrees: Bool
      /// Number of peers' addresses that are at home there.
      package var homes: Int

      /// Creates a member.
      package init(
        member: String, address: String, state: String, roundTripMilliseconds: Double?, agrees: Bool, homes: Int
      ) {
        self.member = member
        self.address = address
        self.state = state
        self.roundTripMilliseconds = roundTripMilliseconds
        self.agrees = agrees
        self.homes = homes
      }
    }

    /// Number of this process, in hexadecimal.
    package var member: String
    /// Whether it has a copy of what the others know.
    package var ready: Bool
    /// Number of peers' addresses that are at home here.
    package var homes: Int
    /// Members that were lost within the last hour.
    package var lost: Int
    /// Data that crossed members: received from others, and forwarded to others. The relay's own counters contain it.
    package var crossing: Traffic?
    /// The other members.
    package var members: [Member]

    /// Creates a cluster.
    package init(
      member: String, ready: Bool, homes: Int, lost: Int, crossing: Traffic? = nil, members: [Member] = []
    ) {
      self.member = member
      self.ready = ready
      self.homes = homes
      self.lost = lost
      self.crossing = crossing
      self.members = members
    }
  }
}
