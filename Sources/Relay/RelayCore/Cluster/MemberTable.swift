import CRelayCore

/// Members of a cluster, as one of them sees them.
///
/// Every process that has the cluster's key belongs to it; no member decides. A member counts once it has returned a
/// stamp that this process sent to it, so a recorded heartbeat brings no dead member back.
package struct MemberTable {
  /// Another member.
  struct Member {
    let id: MemberID
    /// Where its control messages come from and go to.
    var control: Endpoint
    /// Where its data comes from and goes to: the endpoint that it announces, or a proven way to it.
    var data: Endpoint
    /// The data endpoint that it announces.
    var announced = Endpoint.none
    /// Whether it has returned a stamp.
    var isProven = false
    var isReady = false
    /// Digest of its records in its last heartbeat.
    var digest: UInt64 = 0
    var lastHeard: Instant
    /// Nanoseconds there and back; nil before the first echo.
    var roundTrip: UInt64?
    fileprivate var window = ReplayWindow()
    /// Stamps that it may still return, and when they were sent.
    fileprivate var sent: [(stamp: UInt64, at: Instant)] = []
    /// Its last stamp, and when it came.
    fileprivate var heard: (stamp: UInt64, at: Instant)?
  }

  /// State of a member.
  package enum State: String, Equatable, Sendable {
    /// It has not returned a stamp yet.
    case unproven
    /// It is copying what the cluster knows.
    case joining
    case alive
    /// It is silent.
    case suspect
  }

  /// A change of who belongs to the cluster.
  package enum Change: Equatable, Sendable {
    case joined(MemberID)
    /// Its data endpoint or its readiness changed.
    case changed(MemberID)
    /// It is silent for too long, or has left.
    case lost(MemberID)
    /// It is heard again.
    case back(MemberID)
  }

  /// Nanoseconds between heartbeats.
  static let interval: UInt64 = 250_000_000
  /// Silence after which a member is suspected: four heartbeats.
  static let suspectAfter = 4 * interval
  /// Silence after which a member is forgotten.
  static let forgetAfter: UInt64 = 30_000_000_000
  /// Members besides this one, at most.
  static let maxMembers = 15
  /// Heartbeats whose stamps may still be returned.
  private static let rememberedStamps = 8

  let id: MemberID
  /// Control endpoint under which others reach this member.
  let control: Endpoint
  private(set) var members: [MemberID: Member] = [:]
  /// Members that were lost, and when.
  private(set) var lost: [MemberID: Instant] = [:]
  /// Ways to members that are hidden by address translation.
  var paths = MemberPaths()
  private var suspected: Set<MemberID> = []
  /// Where members may be: configured addresses, and those that members named.
  private var places: [Endpoint] = []
  private var named: [Endpoint: Instant] = [:]
  private var nextBeat = Instant.start
  /// Members that are answered at once, so that those that have just met need not wait for the next heartbeats.
  private var eager: Set<MemberID> = []

  init(id: MemberID, control: Endpoint) {
    self.id = id
    self.control = control
  }

  /// Replaces the configured addresses, as after resolving their names again.
  mutating func setPlaces(_ endpoints: [Endpoint]) { places = endpoints.filter { $0 != control } }

  /// Control endpoints of members, and where others may be.
  var knownEndpoints: Set<Endpoint> { Set(places).union(named.keys).union(members.values.map(\.control)) }

  /// Returns the state of a member; nil if it is not one.
  func state(of id: MemberID, at now: Instant) -> State? {
    guard let member = members[id] else { return nil }
    guard member.isProven else { return .unproven }
    if now.since(member.lastHeard) >= Self.suspectAfter { return .suspect }
    return member.isReady ? .alive : .joining
  }

  /// Returns the members that are reachable, with a copy or without, in the order of their numbers.
  func reachable(at now: Instant) -> [Member] {
    members.values.filter { $0.isProven && now.since($0.lastHeard) < Self.suspectAfter }.sorted { $0.id < $1.id }
  }

  /// Returns the member whose data comes from an endpoint.
  func member(withData endpoint: Endpoint, at now: Instant) -> Member? {
    if let member = members.values.first(where: { $0.isProven && $0.data == endpoint }) { return member }
    return paths.proven(at: now).first { $0.endpoint == endpoint }.flatMap { members[$0.member] }
  }

  /// Chooses the ways to members by what is proven now.
  ///
  /// - Returns: What changed.
  mutating func choosePaths(at now: Instant) -> [Change] {
    guard !paths.isEmpty else { return [] }
    var changes: [Change] = []
    for (id, member) in members where member.isProven {
      let data = paths.best(to: id, from: self.id, at: now) ?? member.announced
      guard data != member.data else { continue }
      members[id]?.data = data
      changes.append(.changed(id))
    }
    return changes.sorted { "\($0)" < "\($1)" }
  }

  /// Checks that a message of a proven member is not a repetition.
  ///
  /// - Returns: Whether the message counts.
  mutating func acceptProven(_ counter: UInt64, from id: MemberID) -> Bool {
    guard isProven(id) else { return false }
    return members[id]?.window.accept(counter) ?? false
  }

  /// Checks that a message is not a repetition. Call it for each decrypted message, before anything else.
  ///
  /// - Returns: Whether the message counts.
  mutating func accept(_ counter: UInt64, from id: MemberID, at control: Endpoint, at now: Instant) -> Bool {
    if members[id] == nil {
      guard members.count < Self.maxMembers || forgetUnproven() else { return false }
      members[id] = Member(id: id, control: control, data: .none, lastHeard: now)
    }
    return members[id]?.window.accept(counter) ?? false
  }

  /// Returns whether a member's messages other than heartbeats count.
  func isProven(_ id: MemberID) -> Bool { members[id]?.isProven ?? false }

  /// Handles a heartbeat.
  ///
  /// - Returns: What changed.
  mutating func receive(
    _ heartbeat: Heartbeat, from id: MemberID, at control: Endpoint, at now: Instant
  ) -> [Change] {
    guard var member = members[id] else { return [] }
    defer { members[id] = member }
    // One to where members may be has no stamp. It may come beside those to this member if its address is translated.
    if heartbeat.stamp != 0 || member.heard == nil { member.heard = (heartbeat.stamp, now) }
    if !member.isProven { eager.insert(id) }
    if let echoed = member.sent.first(where: { $0.stamp == heartbeat.echo && heartbeat.echo != 0 }) {
      let elapsed = now.since(echoed.at)
      member.roundTrip = elapsed > heartbeat.held ? elapsed - heartbeat.held : 0
    } else if !member.isProven {
      // Its address is where it was heard, until it returns a stamp that was sent there.
      member.control = control
      member.lastHeard = now
      return []
    } else {
      // A proven member's heartbeat without a stamp is late; it says nothing new.
      return []
    }
    var changes: [Change] = []
    let before = (member.data, member.isReady)
    if !member.isProven {
      changes.append(.joined(id))
    } else if suspected.contains(id) {
      changes.append(.back(id))
    }
    suspected.remove(id)
    lost[id] = nil
    member.isProven = true
    member.control = control
    member.announced = heartbeat.data
    member.data = paths.best(to: id, from: self.id, at: now) ?? heartbeat.data
    member.isReady = heartbeat.isReady
    member.digest = heartbeat.digest
    member.lastHeard = now
    if changes.isEmpty, before != (member.data, member.isReady) { changes.append(.changed(id)) }
    for endpoint in heartbeat.members where endpoint != self.control && named.count < 4 * Self.maxMembers {
      named[endpoint] = now
    }
    return changes
  }

  /// Handles a member's announcement that it ends.
  mutating func receiveLeave(from id: MemberID, at now: Instant) -> [Change] {
    guard members.removeValue(forKey: id)?.isProven == true else { return [] }
    suspected.remove(id)
    paths.forget(id)
    return [.lost(id)]
  }

  /// Handles the passing of time.
  ///
  /// - Returns: Members that are lost since the last call.
  mutating func advance(to now: Instant) -> [Change] {
    var changes: [Change] = []
    for (id, member) in members {
      let silence = now.since(member.lastHeard)
      if member.isProven, silence >= Self.suspectAfter, suspected.insert(id).inserted {
        lost[id] = now
        changes.append(.lost(id))
      }
      if silence >= Self.forgetAfter {
        members[id] = nil
        paths.forget(id)
        suspected.remove(id)
      }
    }
    named = named.filter { now.since($0.value) < Self.forgetAfter }
    lost = lost.filter { now.since($0.value) < 3_600_000_000_000 }
    return changes.sorted { "\($0)" < "\($1)" } + choosePaths(at: now)
  }

  /// Returns whether heartbeats are due.
  func isBeatDue(at now: Instant) -> Bool { now >= nextBeat || !eager.isEmpty }

  /// Returns the heartbeats that are due, each with its destination.
  ///
  /// - Parameters:
  ///   - own: What this member says of itself; stamps and echoes are filled in.
  ///   - random: Returns a random number.
  mutating func heartbeats(
    _ own: Heartbeat, at now: Instant, random: () -> UInt64
  ) -> [(to: Endpoint, heartbeat: Heartbeat)] {
    guard isBeatDue(at: now) else { return [] }
    let isEarly = now < nextBeat
    let answered = eager
    eager = []
    if !isEarly { nextBeat = now.advanced(nanoseconds: Self.interval) }
    var beats: [(to: Endpoint, heartbeat: Heartbeat)] = []
    let known = reachable(at: now).map(\.control)
    for id in members.keys.sorted() where !isEarly || answered.contains(id) {
      // A process that ended may have a successor at the same address, which must not return the other's stamps.
      guard var member = members[id], !isSucceeded(member) else { continue }
      var beat = own
      beat.stamp = max(1, random())
      beat.echo = member.heard?.stamp ?? 0
      beat.held = member.heard.map { now.since($0.at) } ?? 0
      beat.members = known.filter { $0 != member.control }
      member.sent.append((beat.stamp, now))
      if member.sent.count > Self.rememberedStamps { member.sent.removeFirst() }
      members[id] = member
      beats.append((member.control, beat))
    }
    guard !isEarly else { return beats }
    let met = Set(members.values.map(\.control))
    for place in Set(places).union(named.keys).subtracting(met).sorted(by: {
      $0.bytes.lexicographicallyPrecedes($1.bytes)
    }) {
      var beat = own
      beat.stamp = 0
      beat.echo = 0
      beat.held = 0
      beat.members = []
      beats.append((place, beat))
    }
    return beats
  }

  /// Returns whether another member was heard at the same address later.
  private func isSucceeded(_ member: Member) -> Bool {
    members.values.contains { other in
      other.control == member.control && (other.lastHeard, other.id) > (member.lastHeard, member.id)
    }
  }

  /// Makes room for a member by forgetting one that has never returned a stamp.
  private mutating func forgetUnproven() -> Bool {
    guard let unproven = members.values.filter({ !$0.isProven }).min(by: { $0.lastHeard < $1.lastHeard }) else {
      return false
    }
    members[unproven.id] = nil
    return true
  }
}
