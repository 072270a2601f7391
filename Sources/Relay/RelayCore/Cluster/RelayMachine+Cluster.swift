import CRelayCore

/// The relay as a member of a cluster: what it learns from others, and what it lets others do.
extension RelayMachine {
  /// Nanoseconds after which a member that has found no other is ready.
  private static let lonelyAfter: UInt64 = 1_500_000_000

  /// Makes the relay a member of a cluster.
  ///
  /// - Parameters:
  ///   - id: Random number of this process.
  ///   - keys: The cluster's keys, each of 32 bytes: the first one encrypts, and all decrypt.
  ///   - control: Endpoint under which others reach its control messages.
  ///   - data: Endpoint that its data comes from and goes to.
  package mutating func joinCluster(
    id: MemberID, keys: [[UInt8]], control: Endpoint, data: Endpoint, at now: Instant
  ) {
    cluster = ClusterState(
      members: MemberTable(id: id, control: control), cipher: ClusterCipher(keys: keys, sender: id), data: data, at: now
    )
  }

  /// Replaces the cluster's keys: the first one encrypts, and all decrypt.
  package mutating func setClusterKeys(_ keys: [[UInt8]]) { cluster?.cipher.replaceKeys(keys) }

  /// Sets where other members may be.
  package mutating func setClusterPlaces(_ endpoints: [Endpoint]) { cluster?.members.setPlaces(endpoints) }

  /// Endpoints that messages of other members are expected from.
  package var clusterEndpoints: Set<Endpoint> { cluster?.members.knownEndpoints ?? [] }

  /// Counts datagrams on the cluster's port that were dropped unread.
  package func countRefusedClusterDatagrams(_ count: Int) { counters.add(.clusterRefused, UInt64(clamping: count)) }

  /// Handles a datagram from the cluster's port. One without the cluster's key is counted, and not answered.
  package mutating func receiveClusterDatagram(_ datagram: [UInt8], from control: Endpoint, at now: Instant) {
    guard let opened = cluster?.cipher.open(datagram), let message = ClusterMessage(opened.message) else {
      return counters.add(.clusterRefused)
    }
    counters.add(.clusterReceived)
    receive(message, from: opened.sender, counter: opened.counter, at: control, at: now)
  }

  /// Returns the datagrams to send to other members, and forgets them.
  package mutating func takeClusterDatagrams() -> [(to: Endpoint, bytes: [UInt8])] {
    var datagrams: [(to: Endpoint, bytes: [UInt8])] = []
    for (endpoint, message) in clusterOutbox {
      if let bytes = cluster?.cipher.seal(message.bytes) { datagrams.append((endpoint, bytes)) }
    }
    clusterOutbox.removeAll(keepingCapacity: true)
    counters.add(.clusterSent, UInt64(datagrams.count))
    return datagrams
  }

  /// Whether the relay has a copy of what its cluster knows; true for a relay without a cluster.
  package var hasCopy: Bool { cluster?.isReady ?? true }

  /// Whether another member is being sent records that it lacks, which needs many short turns.
  package var isCopying: Bool { cluster?.wanted.isEmpty == false }

  /// Whether no other member is known, so that only the first word of one could change anything; true for a relay without a
  /// cluster. A member that still waits for a copy is not alone.
  package var isAlone: Bool { cluster.map { $0.isReady && $0.members.members.isEmpty } ?? true }

  /// Returns the cluster as this member sees it; nil if the relay is alone.
  package func clusterReport(at now: Instant) -> ClusterReport? {
    guard let cluster else { return nil }
    let digest = cluster.digest
    var homes: [MemberID: Int] = [:]
    for home in cluster.homes.values { homes[home.member, default: 0] += 1 }
    let members = cluster.members.members.values.filter(\.isProven).sorted { $0.id < $1.id }.map { member in
      ClusterReport.Member(
        id: member.id, control: member.control,
        state: cluster.members.state(of: member.id, at: now) ?? .suspect,
        roundTrip: member.roundTrip.map { Double($0) / 1e6 },
        agrees: member.digest == digest || cluster.hasAgreed(with: member.id, at: now),
        homes: homes[member.id] ?? 0)
    }
    let crossed = crossed
    return ClusterReport(
      id: cluster.id, isReady: cluster.isReady, homes: homes[cluster.id] ?? 0, members: members,
      lost: cluster.members.lost.count, fromMembers: crossed.fromMembers, toMembers: crossed.toMembers)
  }

  /// Handles a decrypted message from another member.
  mutating func receive(
    _ message: ClusterMessage, from member: MemberID, counter: UInt64, at control: Endpoint, at now: Instant
  ) {
    guard cluster?.members.accept(counter, from: member, at: control, at: now) == true else { return }
    clock = now
    if case .heartbeat(let heartbeat) = message {
      let changes = cluster?.members.receive(heartbeat, from: member, at: control, at: now) ?? []
      take(changes, at: now)
      return compare(with: member, at: now)
    }
    guard cluster?.members.isProven(member) == true else { return }
    switch message {
    case .heartbeat, .greeting: break
    case .leave: take(cluster?.members.receiveLeave(from: member, at: now) ?? [], at: now)
    case .records(let records):
      cluster?.recordsAt[member] = now
      for record in records { take(record, from: member, at: now) }
    case .digests(let digests): wantWhatDiffers(from: digests, of: member, at: now)
    case .want(let buckets): give(buckets, to: member, at: now)
    case .initiation(let initiation): receive(initiation, from: member, at: now)
    case .waiting(let initiation, let milliseconds):
      receiveWaiting(initiation, milliseconds: milliseconds, from: member, at: now)
    case .response(let delivery, let facts): receive(delivery, facts, from: member, at: now)
    case .delivery(let delivery): receive(delivery)
    case .arrival(let arrival): receive(arrival, from: member, at: now)
    case .accompaniment(let accompaniment): receive(accompaniment, from: member, at: now)
    case .counts(let counts): receive(counts)
    case .demand(let demand): receive(demand, from: member, at: now)
    case .spent(let entries): for entry in entries { charge(entry, at: now) }
    }
  }

  /// Handles the passing of time: heartbeats, members that are lost, and copies. Call it 20 times a second at least, or
  /// 4 times while it is alone.
  package mutating func advanceCluster(to now: Instant) {
    guard cluster != nil else { return }
    clock = now
    take(cluster?.members.advance(to: now) ?? [], at: now)
    _ = distant.takeDue(by: now)
    takeOverSilentHomes(at: now)
    followWhileDraining(at: now)
    noteReadiness(at: now)
    sendChanges(at: now)
    sendWanted(at: now)
    sendSpending(at: now)
    sendCounts(at: now)
    guard cluster?.members.isBeatDue(at: now) == true, let own = ownHeartbeat else { return }
    let random = random
    let beats =
      cluster?.members.heartbeats(own, at: now, random: { random(8).reduce(0) { $0 << 8 | UInt64($1) } }) ?? []
    for (endpoint, heartbeat) in beats { clusterOutbox.append((endpoint, .heartbeat(heartbeat))) }
    let greetings =
      cluster?.members.greetings(at: now, random: { random(8).reduce(0) { $0 << 8 | UInt64($1) } }) ?? []
    for (endpoint, greeting) in greetings { greetingOutbox.append((endpoint, greeting)) }
  }

  /// Handles a datagram on the relay's own port that has the form of a greeting.
  mutating func receiveGreeting(_ datagram: [UInt8], from source: Endpoint, at now: Instant) {
    guard let opened = cluster?.cipher.open(Array(datagram.dropFirst(MemberGreeting.magic.count))),
      case .greeting(let greeting) = ClusterMessage(opened.message)
    else { return counters.add(.clusterRefused) }
    counters.add(.clusterReceived)
    let changes =
      cluster?.members.receive(greeting, counter: opened.counter, from: opened.sender, at: source, at: now) ?? []
    take(changes, at: now)
  }

  /// Returns the greetings to send from the relay's own port, and forgets them.
  package mutating func takeGreetings() -> [(to: Endpoint, bytes: [UInt8])] {
    guard !greetingOutbox.isEmpty else { return [] }
    var datagrams: [(to: Endpoint, bytes: [UInt8])] = []
    for (endpoint, greeting) in greetingOutbox {
      let message = ClusterMessage.greeting(greeting)
      if let bytes = cluster?.cipher.seal(message.bytes) { datagrams.append((endpoint, MemberGreeting.magic + bytes)) }
    }
    greetingOutbox.removeAll(keepingCapacity: true)
    counters.add(.clusterSent, UInt64(datagrams.count))
    return datagrams
  }

  /// Notes that this process ends soon: a load balancer sends its peers elsewhere, perhaps from other addresses.
  package mutating func beginDraining() { cluster?.isDraining = true }

  /// Announces that this process ends now.
  package mutating func leaveCluster(at now: Instant) {
    sendLastCounts(at: now)
    for member in cluster?.members.reachable(at: now) ?? [] { clusterOutbox.append((member.control, .leave)) }
  }

  private mutating func noteReadiness(at now: Instant) {
    guard let cluster, !cluster.isReady else { return }
    let others = cluster.members.reachable(at: now)
    let ready = others.filter(\.isReady)
    let isAlone = ready.isEmpty && now.since(cluster.startedAt) >= Self.lonelyAfter
    if isAlone || ready.contains(where: { $0.digest == cluster.digest }) { self.cluster?.isReady = true }
  }

  /// What this member says of itself; nil if the relay is alone.
  private var ownHeartbeat: Heartbeat? {
    guard let cluster else { return nil }
    return Heartbeat(
      stamp: 0, echo: 0, held: 0, data: cluster.data, isReady: cluster.isReady, digest: cluster.digest,
      members: [])
  }
}
