import CRelayCore

/// What a member of a cluster knows beyond its own sessions and addresses.
struct ClusterState {
  /// Buckets that digests are computed for.
  static let buckets = 128

  var members: MemberTable
  var cipher: ClusterCipher
  /// Where this member's data comes from and goes to.
  let data: Endpoint
  /// Where the packets of endpoints arrive. Endpoints without an entry are unknown or this member's own.
  private(set) var homes: [Endpoint: Home] = [:]
  /// Sessions by what makes them the same everywhere.
  private(set) var sessions: [SessionFacts.Identity: SessionID] = [:]
  private var known: [SessionID: Known] = [:]
  /// Sessions that have an end at an endpoint.
  private(set) var sessionsAt: [Endpoint: Set<SessionID>] = [:]
  /// Members at which the ends of sessions sent their handshake messages, by leg that the end sends on. They hold for
  /// the session until the end's home moves: a handshake message proves nothing about its source, so it moves no home.
  var entrances: [LegID: MemberID] = [:]
  /// Number of times that an end of a session moved, by leg that the end sends on.
  var moves: [LegID: UInt64] = [:]
  /// When an end of a session moved the last time, as far as this member knows.
  var movedAt: [LegID: Instant] = [:]
  /// Traffic of legs whose ends have moved from one member to another.
  var crossings: [LegID: Crossing] = [:]
  /// Traffic of ended sessions that crossed members.
  var crossed = Crossing()
  /// How the members share the relay's caps.
  var caps = SharedCaps()
  /// Budgets for handshakes that this member has spent from.
  var spending = Spending()
  /// What keys have done at all processes of the relay.
  var counts: SharedCounts
  /// The look at this process's own counts that has begun; nil between two looks.
  var countWalk: CountWalk?
  /// Cookie secrets of other members.
  var cookies: [MemberID: Cookies] = [:]
  /// Data of ends that are at home elsewhere, which their homes have not answered yet, by leg that the end sends on.
  var unanswered: [LegID: UnansweredArrival] = [:]
  /// Records to send to every member with the next messages.
  var changed: Changed = Changed()
  /// Whether this member has a copy of what the others know.
  var isReady = false
  /// Whether this member ends soon.
  var isDraining = false
  /// When this member joined. One that reaches no other member is ready after a while.
  let startedAt: Instant
  /// When the digests were last compared with each member's.
  var comparedAt: [MemberID: Instant] = [:]
  /// Buckets whose records members still have to be sent.
  private(set) var wanted: [MemberID: [UInt16]] = [:]
  /// When members last sent records.
  var recordsAt: [MemberID: Instant] = [:]
  /// When members were last sent the records of buckets.
  private var sentAt: [MemberID: [UInt16: Instant]] = [:]
  /// When records of a copy were last sent.
  var copiedAt = Instant.start
  /// When each bucket was last the same at a member.
  private var agreedAt: [MemberID: [Instant]] = [:]
  private var nextSweep: Instant
  private var digests = [UInt64](repeating: 0, count: buckets)
  private var endpointsInBucket = [Set<Endpoint>](repeating: [], count: buckets)
  private var idsInBucket = [Set<SessionID>](repeating: [], count: buckets)
  private var countedHomes: [Endpoint: UInt64] = [:]

  /// A session that has an identity.
  private struct Known {
    let identity: SessionFacts.Identity
    let hash: UInt64
    /// Part of the bucket's digest; 0 if the session is not confirmed.
    var digest: UInt64 = 0
  }

  /// Cookie secrets of one member.
  struct Cookies {
    var current: [UInt8]
    var previous: [UInt8]
    var receivedAt: Instant
  }

  /// Data that was reported to an end's home.
  struct UnansweredArrival {
    let home: MemberID
    let endpoint: Endpoint
    /// Where the packet came from.
    let source: Endpoint
    let counter: UInt64
    let length: UInt32
    let at: Instant
  }

  /// Records that have changed since the last messages.
  struct Changed {
    var sessions: Set<SessionID> = []
    var homes: Set<Endpoint> = []

    var isEmpty: Bool { sessions.isEmpty && homes.isEmpty }
  }

  init(members: MemberTable, cipher: ClusterCipher, data: Endpoint, at now: Instant) {
    self.members = members
    self.cipher = cipher
    self.data = data
    counts = SharedCounts(own: members.id, at: now)
    startedAt = now
    nextSweep = now.advanced(seconds: 60)
  }

  var id: MemberID { members.id }

  /// Digest of all records.
  var digest: UInt64 {
    var writer = SnapshotWriter()
    for digest in digests { writer.write(digest) }
    return Self.hash(writer.bytes)
  }

  /// Digests of the records in each bucket.
  var digestsOfBuckets: [UInt64] { digests }

  // Homes.

  /// Returns the member where an endpoint's packets arrive, if it is another one that can be reached.
  func remoteHome(of endpoint: Endpoint, at now: Instant) -> MemberTable.Member? {
    homes[endpoint].flatMap { other($0.member, at: now) }
  }

  /// Returns a member if it is another one that can be reached.
  func other(_ member: MemberID, at now: Instant) -> MemberTable.Member? {
    guard member != id, let member = members.members[member], member.isProven,
      now.since(member.lastHeard) < MemberTable.suspectAfter
    else { return nil }
    return member
  }

  /// Returns whether an endpoint's packets arrive at another member, whether it can be reached or not.
  func isElsewhere(_ endpoint: Endpoint) -> Bool { homes[endpoint].map { $0.member != id } ?? false }

  /// Records where an endpoint's packets arrive.
  ///
  /// - Parameter isOwn: Whether this member found it out, so that it is sent to the others.
  /// - Returns: Whether it is new.
  mutating func setHome(of endpoint: Endpoint, _ home: Home, isOwn: Bool) -> Bool {
    if let known = homes[endpoint] { guard home.outweighs(known) else { return false } }
    homes[endpoint] = home
    countHome(endpoint)
    if isOwn { changed.homes.insert(endpoint) }
    return true
  }

  /// Records that an endpoint's packets arrive at a member now.
  ///
  /// - Returns: Whether that is new.
  mutating func moveHome(of endpoint: Endpoint, to member: MemberID) -> Bool {
    if homes[endpoint]?.member == member { return false }
    return setHome(of: endpoint, Home(member: member, moves: (homes[endpoint]?.moves ?? 0) &+ 1), isOwn: true)
  }

  /// Forgets where an endpoint is at home, unless a session has an end there.
  mutating func forgetHome(of endpoint: Endpoint) {
    guard sessionsAt[endpoint] == nil, homes.removeValue(forKey: endpoint) != nil else { return }
    countHome(endpoint)
    changed.homes.remove(endpoint)
  }

  /// Forgets the homes of endpoints that no session uses and that are not known otherwise. Call it often: it does its work
  /// once a minute, because records of homes may arrive before those of their sessions.
  mutating func sweepHomes(at now: Instant, unless isKnown: (Endpoint) -> Bool) {
    guard now >= nextSweep else { return }
    nextSweep = now.advanced(seconds: 60)
    for endpoint in homes.keys where !isKnown(endpoint) { forgetHome(of: endpoint) }
  }

  // Sessions.

  /// Returns what makes a session the same everywhere; nil if the cluster does not know it.
  func identity(of id: SessionID) -> SessionFacts.Identity? { known[id]?.identity }

  /// Returns the endpoints in a bucket whose homes are known.
  func endpoints(in bucket: Int) -> Set<Endpoint> { endpointsInBucket[bucket] }

  /// Returns whether there are records in a bucket.
  func hasRecords(in bucket: Int) -> Bool {
    guard (0..<Self.buckets).contains(bucket) else { return false }
    return !endpointsInBucket[bucket].isEmpty || !idsInBucket[bucket].isEmpty
  }

  /// Returns the sessions in a bucket.
  func ids(in bucket: Int) -> [SessionID] { idsInBucket[bucket].sorted() }

  /// Queues buckets whose records a member has to be sent. Those that it was sent a moment ago may still be on their way.
  mutating func want(_ list: [UInt16], for member: MemberID, at now: Instant) {
    let waiting = Set(wanted[member] ?? [])
    let new = Set(list).filter { bucket in
      bucket < Self.buckets && !waiting.contains(bucket)
        && sentAt[member]?[bucket].map { now.since($0) >= Self.travelTime } ?? true
    }
    if !new.isEmpty { wanted[member, default: []] += new.sorted() }
  }

  /// Takes the next bucket whose records a member has to be sent.
  mutating func takeWanted(by member: MemberID, at now: Instant) -> UInt16? {
    guard let bucket = wanted[member]?.first else { return nil }
    wanted[member]?.removeFirst()
    if wanted[member]?.isEmpty == true { wanted[member] = nil }
    sentAt[member, default: [:]][bucket] = now
    return bucket
  }

  /// Returns whether this member's copy arrives from a member, so that a comparison would say little.
  func isReceivingCopy(from member: MemberID, at now: Instant) -> Bool {
    !isReady && recordsAt[member].map { now.since($0) < Self.pauseOfRecords } ?? false
  }

  /// Forgets what a member that is gone has to be sent.
  mutating func forgetWanted(by member: MemberID) {
    wanted[member] = nil
    sentAt[member] = nil
    recordsAt[member] = nil
    agreedAt[member] = nil
  }

  // Agreement. Where sessions begin all the time, some records are always on their way, so that two members rarely have the
  // same digest at a given moment. Each bucket by itself is the same again soon.

  /// Nanoseconds for which an agreement holds.
  static let agreementLife: UInt64 = 5_000_000_000
  /// Nanoseconds for which a bucket may differ because of records that are on their way.
  private static let patience: UInt64 = 250_000_000

  /// Records that a member has the same records as this one.
  mutating func noteAgreement(with member: MemberID, at now: Instant) {
    agreedAt[member] = [Instant](repeating: now, count: Self.buckets)
  }

  /// Returns whether a member had the same records as this one a moment ago.
  func hasAgreed(with member: MemberID, at now: Instant) -> Bool {
    agreedAt[member]?.allSatisfy { now.since($0) <= Self.agreementLife } ?? false
  }

  /// Compares a member's digests with this one's.
  ///
  /// - Returns: Buckets whose records have to be exchanged: they have differed for too long.
  mutating func compare(_ others: [UInt64], of member: MemberID, at now: Instant) -> [UInt16] {
    guard others.count == Self.buckets else { return [] }
    var agreed = agreedAt[member] ?? [Instant](repeating: .start, count: Self.buckets)
    for bucket in digests.indices where digests[bucket] == others[bucket] { agreed[bucket] = now }
    agreedAt[member] = agreed
    return agreed.indices.filter { now.since(agreed[$0]) >= Self.patience }.map { UInt16($0) }
  }

  /// Nanoseconds without records after which a copy has ended.
  private static let pauseOfRecords: UInt64 = 100_000_000

  /// Nanoseconds for which records that were sent may be on their way, or wait at the member.
  private static let travelTime: UInt64 = 700_000_000

  /// Records a session and its ends.
  mutating func add(_ id: SessionID, _ identity: SessionFacts.Identity, _ ends: [Endpoint]) {
    let hash = Self.hash(of: identity)
    sessions[identity] = id
    idsInBucket[Self.bucket(hash)].insert(id)
    known[id] = Known(identity: identity, hash: hash)
    for end in ends { sessionsAt[end, default: []].insert(id) }
  }

  /// Records that an end of a session moved.
  mutating func move(_ id: SessionID, from old: Endpoint, to new: Endpoint) {
    leave(old, id)
    sessionsAt[new, default: []].insert(id)
  }

  /// Forgets a session.
  mutating func remove(_ id: SessionID, _ ends: [Endpoint]) {
    guard let gone = known.removeValue(forKey: id) else { return }
    sessions[gone.identity] = nil
    idsInBucket[Self.bucket(gone.hash)].remove(id)
    digests[Self.bucket(gone.hash)] ^= gone.digest
    for leg in [id * 2, id * 2 + 1] {
      moves[leg] = nil
      movedAt[leg] = nil
      entrances[leg] = nil
      unanswered[leg] = nil
    }
    changed.sessions.remove(id)
    for end in ends { leave(end, id) }
  }

  private mutating func leave(_ endpoint: Endpoint, _ id: SessionID) {
    sessionsAt[endpoint]?.remove(id)
    if sessionsAt[endpoint]?.isEmpty == true { sessionsAt[endpoint] = nil }
  }

  // Digests.

  /// Counts a confirmed session in its bucket's digest, as it is now.
  mutating func count(_ id: SessionID, _ facts: SessionFacts) {
    guard let hash = known[id]?.hash else { return }
    var writer = SnapshotWriter()
    writer.write(hash)
    for end in [facts.initiator, facts.responder] {
      writer.write(end.endpoint)
      writer.write(end.moves)
    }
    let value = Self.hash(writer.bytes)
    digests[Self.bucket(hash)] ^= (known[id]?.digest ?? 0) ^ value
    known[id]?.digest = value
  }

  private mutating func countHome(_ endpoint: Endpoint) {
    let bucket = Self.bucket(of: endpoint)
    if let value = countedHomes.removeValue(forKey: endpoint) { digests[bucket] ^= value }
    guard let home = homes[endpoint] else {
      endpointsInBucket[bucket].remove(endpoint)
      return
    }
    endpointsInBucket[bucket].insert(endpoint)
    var writer = SnapshotWriter()
    writer.write(endpoint)
    writer.write(home.member)
    writer.write(home.moves)
    let value = Self.hash(writer.bytes)
    countedHomes[endpoint] = value
    digests[bucket] ^= value
  }

  private static func bucket(_ hash: UInt64) -> Int { Int(hash % UInt64(buckets)) }
  private static func bucket(of endpoint: Endpoint) -> Int { bucket(hash(endpoint.bytes)) }

  private static func hash(of identity: SessionFacts.Identity) -> UInt64 {
    var writer = SnapshotWriter()
    writer.write(identity.initiatorKey)
    writer.write(identity.responderKey)
    writer.write(identity.towardResponder)
    writer.write(identity.towardInitiator)
    return hash(writer.bytes)
  }

  private static func hash(_ bytes: [UInt8]) -> UInt64 {
    BLAKE2s.hash(bytes, length: 8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
