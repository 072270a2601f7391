extension RelayMachine {
  /// Version that is written.
  static let snapshotVersion: UInt64 = 3
  /// The oldest version that can be read; it has no boot id.
  private static let oldestVersion: UInt64 = 1
  /// The first version with the number under which the process counts.
  private static let versionWithCounts: UInt64 = 3
  private static let magic = Array("wpex-relay state".utf8)

  /// Returns everything that the next process needs to keep the sessions alive: sessions, owners, addresses and cookie
  /// secrets, with their ages.
  ///
  /// It contains secrets: only its owner may be able to read a file with it.
  ///
  /// - Parameters:
  ///   - now: The relay's clock.
  ///   - wallClock: Seconds since 1970, from which a process after a reboot of the host computes the snapshot's age.
  ///   - boot: Identifies the boot of the kernel whose clock `now` belongs to; empty if unknown.
  package func snapshot(at now: Instant, wallClock: UInt64, boot: [UInt8] = []) -> [UInt8] {
    var writer = SnapshotWriter()
    writer.write(Self.magic)
    writer.write(Self.snapshotVersion)
    writer.write(wallClock)
    writer.write(boot)
    writer.write(now.nanoseconds)
    func age(_ moment: Instant) -> UInt64 { now.since(moment) }
    writer.write(cookies.current)
    writer.write(cookies.previous)
    writer.write(age(cookies.rotatedAt))
    writer.write(initiations)
    writer.write(responses)
    writer.write(handshakes)
    writer.write(cluster?.counts.own ?? 0)
    let groups = Dictionary(grouping: directory.entries.values, by: \.group).compactMapValues { $0.first?.key.group }
    writer.write(addresses.entries.count)
    for (endpoint, entry) in addresses.entries {
      writer.write(endpoint)
      writer.write(age(entry.lastSeen))
      writer.write(directory[entry.lastAddressed]?.key.publicKey ?? [])
      writer.write(directory[entry.owned]?.key.publicKey ?? [])
      let names = isOpen ? [""] : entry.memberships.compactMap { groups[$0.group] }
      writer.write(names.count)
      for name in names { writer.write(Array(name.utf8)) }
    }
    let states = keys.compactMap { id, state in directory[id].map { ($0.key.publicKey, state) } }
    writer.write(states.count)
    for (publicKey, state) in states {
      writer.write(publicKey)
      writer.write(state.owners.count)
      for owner in state.owners {
        writer.write(owner.endpoint)
        writer.write(age(owner.lastConfirmed))
      }
      writer.write(state.endpoint)
      writer.write(state.handshakes)
      writer.write(state.lastHandshake.map { age($0) + 1 } ?? 0)
      writer.write(state.handshakeTime ?? 0)
      writer.write(state.pathTime ?? 0)
      for value in [state.receivedBytes, state.receivedPackets, state.sentBytes, state.sentPackets] {
        writer.write(value)
      }
    }
    let live = sessions.indices.filter { sessions[$0].state != .free }
    writer.write(live.count)
    for index in live {
      let session = sessions[index]
      writer.write(directory[session.initiatorKey]?.key.publicKey ?? [])
      writer.write(directory[session.responderKey]?.key.publicKey ?? [])
      writer.write(session.state == .confirmed ? UInt64(1) : 0)
      for moment in [session.initiatedAt, session.respondedAt, session.confirmedAt] { writer.write(age(moment)) }
      writer.write(session.deadline.since(now))
      for leg in [SessionID(index) * 2, SessionID(index) * 2 + 1] {
        let stored = table.memory(of: leg).read()
        let activity = table.activity(of: leg)
        writer.write(stored.receiverIndex)
        // Not the leg's own: it may be a member of the cluster.
        writer.write(session[leg])
        writer.write(UInt64(stored.flags.rawValue))
        for value in [activity.packets, activity.bytes, activity.highestCounter] { writer.write(value) }
        writer.write(now.milliseconds > activity.lastSeen ? now.milliseconds - activity.lastSeen : 0)
      }
    }
    return writer.bytes + BLAKE2s.hash(writer.bytes)
  }

  /// Restores the state of an earlier process, as far as its keys are still active.
  ///
  /// Call it on a new machine whose keys are set.
  ///
  /// - Parameters:
  ///   - bytes: A snapshot.
  ///   - now: The relay's clock.
  ///   - wallClock: Seconds since 1970. It may have been changed or be wrong; within the same boot it is ignored.
  ///   - boot: As in `snapshot`.
  /// - Returns: Number of restored sessions.
  /// - Throws: `SnapshotError` if the snapshot is damaged or has an unsupported version.
  package mutating func restore(
    _ bytes: [UInt8], at now: Instant, wallClock: UInt64, boot: [UInt8] = []
  ) throws(SnapshotError) -> Int {
    do {
      return try read(bytes, at: now, wallClock: wallClock, boot: boot)
    } catch let error as SnapshotError {
      throw error
    } catch {
      throw .malformed
    }
  }

  private mutating func read(_ bytes: [UInt8], at now: Instant, wallClock: UInt64, boot: [UInt8]) throws -> Int {
    guard bytes.count > 32, BLAKE2s.hash(bytes.dropLast(32)) == Array(bytes.suffix(32)) else {
      throw SnapshotError.malformed
    }
    var reader = SnapshotReader(bytes.dropLast(32))
    guard try reader.string() == Self.magic else { throw SnapshotError.malformed }
    let version = try reader.number()
    guard (Self.oldestVersion...Self.snapshotVersion).contains(version) else {
      throw SnapshotError.otherVersion(version)
    }
    let writtenAt = try reader.number()
    var writtenIn: (boot: [UInt8], now: UInt64) = ([], 0)
    if version > Self.oldestVersion { writtenIn = (try reader.string(), try reader.number()) }
    let isSameBoot = !boot.isEmpty && writtenIn.boot == boot && writtenIn.now <= now.nanoseconds
    let elapsed =
      isSameBoot
      ? now.nanoseconds - writtenIn.now
      : wallClock > writtenAt ? min(wallClock - writtenAt, 1 << 32) * 1_000_000_000 : 0
    /// Returns the time that was `age` nanoseconds before the snapshot was written.
    func moment(_ age: UInt64) -> Instant {
      let total = age.addingReportingOverflow(elapsed)
      return Instant(
        nanoseconds: total.overflow || total.partialValue > now.nanoseconds ? 0 : now.nanoseconds - total.partialValue)
    }
    let current = try reader.string()
    let previous = try reader.string()
    if current.count == 32 {
      cookies = CookieJar(current: current, previous: previous, rotatedAt: moment(try reader.number()))
    } else {
      _ = try reader.number()
    }
    initiations = try reader.number()
    responses = try reader.number()
    handshakes = try reader.number()
    // The counts go on, so they go on under the same number.
    if version >= Self.versionWithCounts {
      let number = try reader.number()
      if number != 0 { cluster?.counts.own = number }
    }
    for _ in 0..<(try reader.count(ofAtLeast: 56)) {
      let endpoint = try reader.endpoint()
      let lastSeen = moment(try reader.number())
      let addressed = directory.number(of: try reader.string())
      let owned = directory.number(of: try reader.string())
      var groups: [GroupID] = []
      for _ in 0..<(try reader.count(ofAtLeast: 8)) {
        let name = String(decoding: try reader.string(), as: UTF8.self)
        if let group = isOpen ? 0 : directory.group(named: name) { groups.append(group) }
      }
      // The keys that it was a member for may have been removed.
      guard !endpoint.isNone, isOpen || addressed != nil || owned != nil else { continue }
      register(endpoint, at: lastSeen)
      for group in groups { addresses.join(endpoint, group) }
      addresses.update(endpoint) {
        $0.lastAddressed = addressed ?? 0
        $0.owned = owned ?? 0
      }
    }
    for _ in 0..<(try reader.count(ofAtLeast: 88)) {
      let id = directory.number(of: try reader.string())
      var state = KeyState()
      for _ in 0..<(try reader.count(ofAtLeast: 32)) {
        let endpoint = try reader.endpoint()
        let confirmed = moment(try reader.number())
        state.owners.append(KeyState.Owner(endpoint: endpoint, since: confirmed, lastConfirmed: confirmed))
      }
      state.endpoint = try reader.endpoint()
      state.handshakes = try reader.number()
      let handshakeAge = try reader.number()
      state.lastHandshake = handshakeAge == 0 ? nil : moment(handshakeAge - 1)
      let handshakeTime = try reader.number()
      state.handshakeTime = handshakeTime == 0 ? nil : handshakeTime
      let pathTime = try reader.number()
      state.pathTime = pathTime == 0 ? nil : pathTime
      state.receivedBytes = try reader.number()
      state.receivedPackets = try reader.number()
      state.sentBytes = try reader.number()
      state.sentPackets = try reader.number()
      if let id { keys[id] = state }
    }
    var taken = 0
    for _ in 0..<(try reader.count(ofAtLeast: 100)) where try readSession(&reader, at: now, moment, elapsed) {
      taken += 1
    }
    guard reader.isAtEnd else { throw SnapshotError.malformed }
    return taken
  }

  /// Reads one session.
  ///
  /// - Returns: Whether it was restored; false if it has expired, its keys are gone, or there is no room.
  private mutating func readSession(
    _ reader: inout SnapshotReader, at now: Instant, _ moment: (UInt64) -> Instant, _ elapsed: UInt64
  ) throws -> Bool {
    let initiatorKey = directory.number(of: try reader.string())
    let responderKey = directory.number(of: try reader.string())
    let confirmed = try reader.number() == 1
    var session = SessionRecord(state: confirmed ? .confirmed : .candidate)
    session.initiatedAt = moment(try reader.number())
    session.respondedAt = moment(try reader.number())
    session.confirmedAt = moment(try reader.number())
    let left = try reader.number()
    session.deadline = now.advanced(
      nanoseconds: left > elapsed ? min(left - elapsed, limits.sessionSeconds * 1_000_000_000) : 0)
    struct Stored {
      var index: UInt32 = 0
      var from = Endpoint.none
      var flags = Leg.Flags()
      var values: [UInt64] = []
    }
    var stored: [Stored] = []
    for _ in 0..<2 {
      var leg = Stored()
      leg.index = try reader.number32()
      leg.from = try reader.endpoint()
      leg.flags = Leg.Flags(rawValue: try reader.number32())
      for _ in 0..<4 { leg.values.append(try reader.number()) }
      stored.append(leg)
    }
    guard isOpen || initiatorKey != nil && responderKey != nil, left > elapsed,
      let id = takeSession()
    else { return false }
    session.initiatorKey = initiatorKey ?? 0
    session.responderKey = responderKey ?? 0
    guard isOpen || directory.permits(session.initiatorKey, session.responderKey) else {
      release(id)
      return false
    }
    session.group = directory[session.responderKey]?.group ?? 0
    session.initiator = stored[0].from
    session.responder = stored[1].from
    session.generation = sessions[Int(id)].generation &+ 1
    sessions[Int(id)] = session
    let legs = (0..<2).map { place in
      Leg(
        receiverIndex: stored[place].index, from: stored[place].from, to: stored[1 - place].from,
        flags: stored[place].flags.intersection(.kept), meter: place == 0 ? session.initiatorKey : session.responderKey)
    }
    guard insert(legs[0], legs[1], of: id) else { return false }
    for place in 0..<2 {
      let values = stored[place].values
      let lastSeen = moment(values[3].multipliedReportingOverflow(by: 1_000_000).partialValue)
      table.activity(of: id * 2 + LegID(place)).reset(
        packets: values[0], bytes: values[1], highestCounter: values[2], lastSeen: lastSeen.milliseconds)
    }
    if confirmed {
      confirmedCount += 1
      if let pair = session.pair { sessionsOfPair[pair, default: 0] += 1 }
    } else {
      candidateCount += 1
      candidateLine.append((id, session.generation))
    }
    wheel.add(.session(id, generation: session.generation), at: session.deadline)
    share(id, at: now)
    return true
  }
}
