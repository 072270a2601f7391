import CRelayCore

extension ClusterMessage {
  /// Returns messages with all records, each as long as it may be.
  static func packing(_ records: [ClusterRecord]) -> [ClusterMessage] {
    var messages: [ClusterMessage] = []
    var part: [ClusterRecord] = []
    var length = 16
    for record in records {
      var writer = SnapshotWriter(isCompact: true)
      writer.write(record)
      if length + writer.bytes.count > maxLength, !part.isEmpty {
        messages.append(.records(part))
        part = []
        length = 16
      }
      part.append(record)
      length += writer.bytes.count
    }
    if !part.isEmpty { messages.append(.records(part)) }
    return messages
  }

  /// Returns messages with all that was spent, each as long as it may be.
  static func packing(_ entries: [Spending.Entry]) -> [ClusterMessage] {
    var messages: [ClusterMessage] = []
    var part: [Spending.Entry] = []
    var length = 16
    for entry in entries {
      let size = 24 + entry.name.count
      if length + size > maxLength, !part.isEmpty {
        messages.append(.spent(part))
        part = []
        length = 16
      }
      part.append(entry)
      length += size
    }
    if !part.isEmpty { messages.append(.spent(part)) }
    return messages
  }

  /// Bytes of a message at most, so that a datagram fits any path's MTU of 1,280 bytes, headers included.
  static let maxLength = 1_280 - 48 - ClusterCipher.overhead

  private enum Kind: UInt64 {
    case heartbeat = 1
    case leave = 2
    case records = 3
    case digests = 4
    case want = 5
    case initiation = 6
    case response = 7
    case delivery = 8
    case arrival = 9
    case waiting = 10
    case demand = 11
    case spent = 12
    case accompaniment = 13
    case counts = 14
    case greeting = 20
  }

  /// The message as bytes.
  var bytes: [UInt8] {
    var writer = SnapshotWriter(isCompact: true)
    switch self {
    case .heartbeat(let heartbeat):
      writer.write(Kind.heartbeat.rawValue)
      for number in [heartbeat.stamp, heartbeat.echo, heartbeat.held] { writer.write(number) }
      writer.write(heartbeat.data)
      writer.write(UInt64(heartbeat.isReady ? 1 : 0))
      writer.write(heartbeat.digest)
      writer.write(heartbeat.members.count)
      for endpoint in heartbeat.members { writer.write(endpoint) }
    case .leave: writer.write(Kind.leave.rawValue)
    case .records(let records):
      writer.write(Kind.records.rawValue)
      writer.write(records.count)
      for record in records { writer.write(record) }
    case .digests(let digests):
      writer.write(Kind.digests.rawValue)
      writer.write(digests.count)
      for digest in digests { writer.write(digest) }
    case .want(let buckets):
      writer.write(Kind.want.rawValue)
      writer.write(buckets.count)
      for bucket in buckets { writer.write(UInt64(bucket)) }
    case .initiation(let initiation):
      writer.write(Kind.initiation.rawValue)
      writer.write(initiation)
    case .waiting(let initiation, let milliseconds):
      writer.write(Kind.waiting.rawValue)
      writer.write(initiation)
      writer.write(milliseconds)
    case .response(let delivery, let facts):
      writer.write(Kind.response.rawValue)
      writer.write(delivery)
      writer.write(.session(facts))
    case .delivery(let delivery):
      writer.write(Kind.delivery.rawValue)
      writer.write(delivery)
    case .arrival(let arrival):
      writer.write(Kind.arrival.rawValue)
      writer.write(arrival.session)
      writer.write(UInt64(arrival.isFromInitiator ? 1 : 0))
      writer.write(arrival.source)
      writer.write(arrival.counter)
      writer.write(arrival.length)
    case .accompaniment(let accompaniment):
      writer.write(Kind.accompaniment.rawValue)
      writer.write(accompaniment.session)
      writer.write(UInt64(accompaniment.isInitiator ? 1 : 0))
      writer.write(accompaniment.source)
      writer.write(accompaniment.entrance)
      writer.write(accompaniment.credit)
      writer.write(UInt64(accompaniment.isSteady ? 1 : 0))
    case .demand(let demand):
      writer.write(Kind.demand.rawValue)
      writer.write(demand.round)
      writer.write(demand.bytes)
      writer.write(demand.packets)
      writer.write(demand.keys.count)
      for key in demand.keys {
        writer.write(key.key)
        writer.write(key.bytes)
        writer.write(key.packets)
      }
    case .spent(let entries):
      writer.write(Kind.spent.rawValue)
      writer.write(entries.count)
      for entry in entries {
        writer.write(entry.kind)
        writer.write(entry.name)
        writer.write(entry.count)
      }
    case .counts(let counts):
      writer.write(Kind.counts.rawValue)
      writer.write(counts.source)
      writer.write(counts.keys.count)
      for entry in counts.keys {
        writer.write(entry.key)
        writer.write(entry.count.handshakes)
        for volume in [entry.count.received, entry.count.sent] {
          writer.write(volume.packets)
          writer.write(volume.bytes)
        }
      }
    case .greeting(let greeting):
      writer.write(Kind.greeting.rawValue)
      // Workers recognize a greeting by its length.
      writer.writeWhole(greeting.stamp)
      writer.writeWhole(greeting.echo)
    }
    return writer.bytes
  }

  /// Reads a message.
  ///
  /// - Returns: Nil if it is malformed, or of a kind that this version does not know.
  init?(_ bytes: [UInt8]) {
    var reader = SnapshotReader(bytes[...], isCompact: true)
    guard let message = try? Self.read(&reader), reader.isAtEnd else { return nil }
    self = message
  }

  private static func read(_ reader: inout SnapshotReader) throws(SnapshotReader.Malformed) -> ClusterMessage {
    guard let kind = Kind(rawValue: try reader.number()) else { throw SnapshotReader.Malformed() }
    switch kind {
    case .heartbeat:
      let (stamp, echo, held) = (try reader.number(), try reader.number(), try reader.number())
      let data = try reader.endpoint()
      let isReady = try reader.number() == 1
      let digest = try reader.number()
      var members: [Endpoint] = []
      for _ in 0..<(try reader.count(ofAtLeast: 24)) { members.append(try reader.endpoint()) }
      return .heartbeat(
        Heartbeat(
          stamp: stamp, echo: echo, held: held, data: data, isReady: isReady, digest: digest, members: members))
    case .leave: return .leave
    case .records:
      var records: [ClusterRecord] = []
      for _ in 0..<(try reader.count(ofAtLeast: 8)) { records.append(try reader.record()) }
      return .records(records)
    case .digests:
      var digests: [UInt64] = []
      for _ in 0..<(try reader.count(ofAtLeast: 8)) { digests.append(try reader.number()) }
      return .digests(digests)
    case .want:
      var buckets: [UInt16] = []
      for _ in 0..<(try reader.count(ofAtLeast: 8)) {
        guard let bucket = UInt16(exactly: try reader.number()) else { throw SnapshotReader.Malformed() }
        buckets.append(bucket)
      }
      return .want(buckets)
    case .initiation: return .initiation(try reader.initiation())
    case .waiting: return .waiting(try reader.initiation(), milliseconds: try reader.number())
    case .response:
      let delivery = try reader.delivery()
      guard case .session(let facts) = try reader.record() else { throw SnapshotReader.Malformed() }
      return .response(delivery, facts)
    case .delivery: return .delivery(try reader.delivery())
    case .arrival:
      return .arrival(
        Arrival(
          session: try reader.identity(), isFromInitiator: try reader.number() == 1, source: try reader.endpoint(),
          counter: try reader.number(), length: try reader.number32()))
    case .accompaniment:
      return .accompaniment(
        Accompaniment(
          session: try reader.identity(), isInitiator: try reader.number() == 1, source: try reader.endpoint(),
          entrance: try reader.number(), credit: try reader.number32(), isSteady: try reader.number() == 1))
    case .demand:
      return .demand(
        Demand(
          round: try reader.number(), bytes: try reader.classes(), packets: try reader.classes(),
          keys: try reader.demandingKeys()))
    case .spent:
      var entries: [Spending.Entry] = []
      for _ in 0..<(try reader.count(ofAtLeast: 24)) {
        entries.append(
          Spending.Entry(kind: try reader.number(), name: try reader.string(), count: try reader.number()))
      }
      return .spent(entries)
    case .counts:
      let source = try reader.number()
      var keys: [Counts.Entry] = []
      for _ in 0..<(try reader.count(ofAtLeast: 6)) {
        let key = try reader.string()
        let handshakes = try reader.number()
        let received = Volume(packets: try reader.number(), bytes: try reader.number())
        let sent = Volume(packets: try reader.number(), bytes: try reader.number())
        keys.append(
          Counts.Entry(key: key, count: KeyCount(handshakes: handshakes, received: received, sent: sent)))
      }
      return .counts(Counts(source: source, keys: keys))
    case .greeting:
      return .greeting(MemberPaths.Greeting(stamp: try reader.wholeNumber(), echo: try reader.wholeNumber()))
    }
  }
}

extension SnapshotWriter {
  fileprivate mutating func write(_ initiation: ClusterMessage.ForwardedInitiation) {
    write(initiation.bytes)
    write(initiation.trafficClass)
    write(initiation.source)
    write(initiation.target)
    write(initiation.key)
    write(initiation.group)
    write(UInt64(initiation.isTrusted ? 1 : 0))
  }

  fileprivate mutating func write(_ delivery: ClusterMessage.Delivery) {
    write(delivery.bytes)
    write(delivery.trafficClass)
    write(delivery.target)
  }

  fileprivate mutating func write(_ classes: [Demand.Class]) {
    write(classes.count)
    for one in classes {
      write(one.keys)
      write(one.amount)
    }
  }

  fileprivate mutating func write(_ identity: SessionFacts.Identity) {
    write(identity.initiatorKey)
    write(identity.responderKey)
    write(identity.towardResponder)
    write(identity.towardInitiator)
  }

  fileprivate mutating func write(_ end: SessionFacts.End) {
    write(end.endpoint)
    write(end.moves)
    write(end.counter)
  }

  fileprivate mutating func write(_ record: ClusterRecord) {
    switch record {
    case .session(let facts):
      write(UInt64(1))
      write(facts.identity)
      write(facts.initiator)
      write(facts.responder)
      write(facts.confirmedAge.map { $0 + 1 } ?? 0)
      write(facts.lifetime)
    case .home(let endpoint, let home, let groups, let age):
      write(UInt64(2))
      write(endpoint)
      write(home.member)
      write(home.moves)
      write(groups.count)
      for group in groups { write(group) }
      write(age)
    case .cookies(let member, let current, let previous, let age):
      write(UInt64(3))
      write(member)
      write(current)
      write(previous)
      write(age)
    }
  }
}

extension SnapshotReader {
  fileprivate mutating func initiation() throws(Malformed) -> ClusterMessage.ForwardedInitiation {
    ClusterMessage.ForwardedInitiation(
      bytes: try string(), trafficClass: try number32(), source: try endpoint(), target: try endpoint(),
      key: try string(), group: try string(), isTrusted: try number() == 1)
  }

  fileprivate mutating func delivery() throws(Malformed) -> ClusterMessage.Delivery {
    ClusterMessage.Delivery(bytes: try string(), trafficClass: try number32(), target: try endpoint())
  }

  fileprivate mutating func classes() throws(Malformed) -> [Demand.Class] {
    var classes: [Demand.Class] = []
    for _ in 0..<(try count(ofAtLeast: 16)) {
      classes.append(Demand.Class(keys: try number(), amount: try number()))
    }
    return classes
  }

  fileprivate mutating func demandingKeys() throws(Malformed) -> [Demand.Key] {
    var keys: [Demand.Key] = []
    for _ in 0..<(try count(ofAtLeast: 24)) {
      keys.append(Demand.Key(key: try string(), bytes: try number(), packets: try number()))
    }
    return keys
  }

  fileprivate mutating func identity() throws(Malformed) -> SessionFacts.Identity {
    SessionFacts.Identity(
      initiatorKey: try string(), responderKey: try string(), towardResponder: try number32(),
      towardInitiator: try number32())
  }

  fileprivate mutating func end() throws(Malformed) -> SessionFacts.End {
    SessionFacts.End(endpoint: try endpoint(), moves: try number(), counter: try number())
  }

  fileprivate mutating func record() throws(Malformed) -> ClusterRecord {
    switch try number() {
    case 1:
      let identity = try identity()
      let (initiator, responder) = (try end(), try end())
      let confirmed = try number()
      return .session(
        SessionFacts(
          identity: identity, initiator: initiator, responder: responder,
          confirmedAge: confirmed == 0 ? nil : confirmed - 1, lifetime: try number()))
    case 2:
      let endpoint = try endpoint()
      let home = Home(member: try number(), moves: try number())
      var groups: [[UInt8]] = []
      for _ in 0..<(try count(ofAtLeast: 8)) { groups.append(try string()) }
      return .home(endpoint, home, groups: groups, age: try number())
    case 3:
      return .cookies(try number(), current: try string(), previous: try string(), age: try number())
    default: throw Malformed()
    }
  }
}
