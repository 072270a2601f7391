import RelayWire

/// Processes of a relay that share what they know, as the relay itself reports them.
package struct RelayMembers: Sendable, Equatable {
  /// A process of the relay.
  package struct Member: Sendable, Equatable {
    /// Where a process is in its life.
    package enum State: String, Sendable, CaseIterable {
      /// It serves peers.
      case ready
      /// It is starting, or copying what the others know.
      case joining
      /// Most of the others do not hear it.
      case suspect
      /// Neither the others nor the server hear it.
      case lost
    }

    /// Number that the process chose at random when it started, in hexadecimal; nil if it has never answered.
    package let number: String?
    /// The pod or process; nil if only other members know it.
    package let process: RelayInstance.Identity?
    /// Where it is in its life.
    package let state: State
    /// Milliseconds from the other members to it and back, the longest of them; nil if none has measured it.
    package let roundTripMilliseconds: Double?
    /// Number of peers' addresses that are at home there; nil if nobody says.
    package let homes: Int?
    /// Whether it and the members that it reaches have the same records; nil if it reaches none.
    package let agrees: Bool?
  }

  /// The processes: those of the runtime in its order, then those that only other members know.
  package let items: [Member]
  /// Number of processes declared.
  package internal(set) var expected: Int
  /// Processes that were lost without a goodbye within the last hour, whether they are back or not.
  package let lost: Int

  /// Number of processes that serve peers.
  package var ready: Int { items.count { $0.state == .ready } }

  /// Whether all members that reach each other have the same records; nil if none reaches another.
  package var agrees: Bool? {
    let known = items.compactMap(\.agrees)
    return known.isEmpty ? nil : known.allSatisfy { $0 }
  }

  /// Whether fewer serve peers than are declared.
  package var isShort: Bool { ready < expected }

  /// Most members shown. A relay cannot have more, but its answer could say anything.
  private static let maxMembers = 64

  /// Derives the members of a relay.
  ///
  /// - Parameters:
  ///   - observation: what the processes answer.
  ///   - expected: number of processes declared.
  ///   - numbers: numbers of processes by the name of the instance, for those that do not answer now.
  /// - Returns: Nil if no process says that it belongs to a cluster.
  init?(of observation: RelayObservation, expecting expected: Int, _ numbers: [String: String]) {
    let views = observation.instances.compactMap { $0.statistics?.cluster }
    guard !views.isEmpty else { return nil }
    var items: [Member] = []
    for instance in observation.instances {
      let own = instance.statistics?.cluster
      // One that answers without a cluster shares nothing.
      guard own != nil || instance.statistics == nil else { continue }
      let number = own?.member ?? numbers[instance.name]
      let reports = Reports(of: number, in: views)
      let state = own.map { reports.state(of: $0, isReady: instance.isReady) } ?? reports.state(ofSilent: instance)
      items.append(reports.member(number, instance.identity, state, own))
    }
    let known = Set(items.compactMap(\.number))
    let others = Set(views.flatMap { $0.members.map(\.member) }).subtracting(known)
    for number in others.sorted() {
      let reports = Reports(of: number, in: views)
      guard let state = reports.reported else { continue }
      items.append(reports.member(number, nil, state, nil))
    }
    self.items = Array(items.prefix(Self.maxMembers))
    self.expected = expected
    lost = views.map(\.lost).max() ?? 0
  }

  /// Returns the pod or process with a number.
  package func process(_ number: String?) -> RelayInstance.Identity? {
    guard let number else { return nil }
    return items.first { $0.number == number }?.process
  }
}

/// What the other members say of one.
private struct Reports {
  /// Number of other members that answer.
  let others: Int
  /// What those that know it say.
  let reports: [RelayStatistics.Cluster.Member]

  init(of number: String?, in views: [RelayStatistics.Cluster]) {
    let others = views.filter { $0.member != number }
    self.others = others.count
    reports = others.compactMap { view in view.members.first { $0.member == number } }
  }

  /// State according to those that know it; nil if none does.
  var reported: RelayMembers.Member.State? {
    let states = Set(reports.map(\.state))
    return states.contains("alive")
      ? .ready : states.contains("joining") ? .joining : states.contains("suspect") ? .suspect : nil
  }

  /// State of one that answers.
  func state(of own: RelayStatistics.Cluster, isReady: Bool) -> RelayMembers.Member.State {
    guard own.ready, isReady else { return .joining }
    let hearing = reports.count { $0.state == "alive" || $0.state == "joining" }
    return others > 0 && (others - hearing) * 2 > others ? .suspect : .ready
  }

  /// State of one that does not answer the server.
  func state(ofSilent instance: RelayInstance) -> RelayMembers.Member.State {
    reported ?? (instance.isSilent && instance.isReady ? .lost : .joining)
  }

  /// Returns the member.
  func member(
    _ number: String?, _ process: RelayInstance.Identity?, _ state: RelayMembers.Member.State,
    _ own: RelayStatistics.Cluster?
  ) -> RelayMembers.Member {
    let reached = own?.members.filter { $0.state == "alive" || $0.state == "joining" } ?? []
    let verdicts = reached.map(\.agrees) + reports.filter { $0.state != "suspect" }.map(\.agrees)
    return RelayMembers.Member(
      number: number, process: process, state: state,
      roundTripMilliseconds: reports.compactMap(\.roundTripMilliseconds).max(),
      homes: own?.homes ?? reports.map(\.homes).max(), agrees: verdicts.isEmpty ? nil : verdicts.allSatisfy { $0 })
  }
}
