import FoundationEssentials

extension RelayStatistics: Decodable {
  /// Parses a document. Members that are missing or of another type are ignored.
  ///
  /// - Returns: Nil if the bytes are not a JSON object.
  package init?(parsing bytes: some Sequence<UInt8>) {
    guard let statistics = try? JSONDecoder().decode(RelayStatistics.self, from: Data(bytes)) else { return nil }
    self = statistics
  }

  package init(from decoder: any Decoder) throws {
    self.init()
    let members = try decoder.container(keyedBy: Member.self)
    uptime = members.read(Double.self, .uptimeSeconds).map { max(0, $0) }
    let counted = members.read(CountedHandshakes.self, .handshakes)
    handshakes = counted.map { HandshakeCount(initiated: $0.total?.value ?? 0, completed: $0.successful?.value ?? 0) }
    responses = counted?.responses?.value
    sessions = members.count(.sessions)
    traffic = members.read(Traffic.self, .traffic)
    drops = (members.read([String: Counted].self, .drops) ?? [:]).compactMapValues { $0.value > 0 ? $0.value : nil }
    receiveQueueOverflow = members.read(Counted.self, .receiveQueueOverflow)?.value
    tables = members.read(CountedTables.self, .tables).map {
      Tables(
        addresses: $0.addresses?.count ?? 0, pendingInitiations: $0.pendingInitiations?.count ?? 0,
        sessionCandidates: $0.sessionCandidates?.count ?? 0, roamingCandidates: $0.roamingCandidates?.count ?? 0)
    }
    cluster = members.read(Cluster.self, .cluster)
    peers = (members.read([Lenient<Peer>].self, .peers) ?? []).compactMap(\.value)
    probes = (members.read([Lenient<ProbeResult>].self, .probes) ?? []).compactMap(\.value)
  }

  private struct CountedHandshakes: Decodable {
    typealias CodingKeys = HandshakesMember
    let total: Counted?, responses: Counted?, successful: Counted?
  }

  private struct CountedTables: Decodable {
    typealias CodingKeys = TablesMember
    let addresses: Counted?, pendingInitiations: Counted?, sessionCandidates: Counted?, roamingCandidates: Counted?
  }
}

extension RelayStatistics.Traffic: Decodable {
  package init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: RelayStatistics.TrafficMember.self)
    func count(_ member: RelayStatistics.TrafficMember) -> UInt64 { members.read(Counted.self, member)?.value ?? 0 }
    self.init(
      receivedBytes: count(.receivedBytes), receivedPackets: count(.receivedPackets),
      forwardedBytes: count(.forwardedBytes), forwardedPackets: count(.forwardedPackets))
  }
}

extension RelayStatistics.Cluster: Decodable {
  package init(from decoder: any Decoder) throws {
    let names = try decoder.container(keyedBy: Name.self)
    self.init(
      member: try names.decode(String.self, forKey: .member), ready: names.read(Bool.self, .ready) ?? false,
      homes: names.count(.homes) ?? 0, lost: names.count(.lost) ?? 0,
      crossing: names.read(RelayStatistics.Traffic.self, .crossing),
      members: (names.read([Lenient<Member>].self, .members) ?? []).compactMap(\.value))
  }
}

extension RelayStatistics.Cluster.Member: Decodable {
  package init(from decoder: any Decoder) throws {
    let names = try decoder.container(keyedBy: Name.self)
    self.init(
      member: try names.decode(String.self, forKey: .member), address: names.read(String.self, .address) ?? "",
      state: names.read(String.self, .state) ?? "",
      roundTripMilliseconds: names.read(Double.self, .roundTripMilliseconds).map { max(0, $0) },
      agrees: names.read(Bool.self, .agrees) ?? false, homes: names.count(.homes) ?? 0)
  }
}

extension RelayStatistics.Peer: Decodable {
  package init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Member.self)
    self.init(
      name: try members.decode(String.self, forKey: .name),
      state: members.read(String.self, .state).flatMap(State.init) ?? .never)
    alias = members.read(String.self, .alias)
    fingerprint = members.read(String.self, .fingerprint)
    group = members.read(String.self, .group)
    endpoint = members.read(String.self, .endpoint)
    sessions = members.count(.sessions) ?? 0
    handshakes = members.read(Counted.self, .handshakes)?.value ?? 0
    lastHandshakeAge = members.read(Double.self, .lastHandshakeSeconds).map { max(0, $0) }
    receivedBytes = members.read(Counted.self, .receivedBytes)?.value ?? 0
    receivedPackets = members.read(Counted.self, .receivedPackets)?.value ?? 0
    sentBytes = members.read(Counted.self, .sentBytes)?.value ?? 0
    sentPackets = members.read(Counted.self, .sentPackets)?.value ?? 0
    handshakeMilliseconds = members.read(Double.self, .handshakeMilliseconds)
    pathMilliseconds = members.read(Double.self, .pathMilliseconds)
    member = members.read(String.self, .member)
    total = members.read(Total.self, .total)
  }
}

extension RelayStatistics.Peer.Total: Decodable {
  package init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: RelayStatistics.Peer.Member.self)
    func count(_ member: RelayStatistics.Peer.Member) -> UInt64 { members.read(Counted.self, member)?.value ?? 0 }
    self.init(
      handshakes: count(.handshakes), receivedBytes: count(.receivedBytes), receivedPackets: count(.receivedPackets),
      sentBytes: count(.sentBytes), sentPackets: count(.sentPackets))
  }
}

extension RelayStatistics.ProbeResult: Decodable {
  package init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Member.self)
    self.init(name: try members.decode(String.self, forKey: .name))
    guard let last = try? members.nestedContainer(keyedBy: LastMember.self, forKey: .last) else { return }
    kind = last.read(String.self, .kind)
    target = last.read(String.self, .target)
    address = last.read(String.self, .address)
    finishedAt = last.read(String.self, .finishedAt)
    reached = last.read(Bool.self, .reached)
    failure = last.read(String.self, .failure)
    sent = last.count(.sent)
    received = last.count(.received)
    milliseconds = last.read([Double].self, .milliseconds) ?? []
    hops = (last.read([Lenient<RelayStatistics.Hop>].self, .hops) ?? []).compactMap(\.value)
  }
}

extension RelayStatistics.Hop: Decodable {
  package init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Member.self)
    self.init(
      number: try members.decode(Int.self, forKey: .hop), address: members.read(String.self, .address),
      milliseconds: members.read([Double].self, .milliseconds) ?? [],
      reached: members.read(Bool.self, .reached) ?? false
    )
  }
}

/// An element that decodes to nil if it is malformed, so that the rest of the array is kept.
private struct Lenient<Value: Decodable>: Decodable {
  let value: Value?
  init(from decoder: any Decoder) throws { value = try? Value(from: decoder) }
}

/// A counter. Negative, fractional and excessive numbers are clamped.
private struct Counted: Decodable {
  let value: UInt64
  /// The counter, clamped to the range of `Int`.
  var count: Int { Int(clamping: value) }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(UInt64.self) {
      self.value = value
    } else {
      let number = try container.decode(Double.self)
      value = number >= 0x1p64 ? .max : UInt64(max(0, number))
    }
  }
}

extension KeyedDecodingContainer {
  fileprivate func read<Value: Decodable>(_ type: Value.Type, _ key: Key) -> Value? {
    (try? decodeIfPresent(type, forKey: key)) ?? nil
  }

  fileprivate func count(_ key: Key) -> Int? { read(Counted.self, key)?.count }
}
