import CRelayCore

/// What the keys of one member ask for, from which every member computes its share of the relay's caps.
struct Demand: Equatable {
  /// Keys that ask for similar amounts.
  struct Class: Equatable {
    var keys: UInt64
    /// What they ask for together, in a second.
    var amount: UInt64
  }

  /// A key that asks for a good part of its own cap.
  struct Key: Equatable {
    /// Public key; empty for traffic without a key.
    var key: [UInt8]
    /// Bytes in a second.
    var bytes: UInt64
    /// Packets in a second.
    var packets: UInt64
  }

  /// Number of the announcement, which may take several messages. A higher one replaces the others.
  var round: UInt64
  /// Bytes that keys ask for.
  var bytes: [Class]
  /// Packets that keys ask for.
  var packets: [Class]
  var keys: [Key]

  /// Keys in one message at most.
  static let keysPerMessage = 10

  /// Returns the classes of amounts: those of one class differ by less than a factor of four.
  static func classes(of amounts: some Sequence<UInt64>) -> [Class] {
    var classes: [Int: Class] = [:]
    for amount in amounts where amount > 0 {
      classes[amount.leadingZeroBitCount / 2, default: Class(keys: 0, amount: 0)].keys += 1
      classes[amount.leadingZeroBitCount / 2]?.amount &+= amount
    }
    return classes.sorted { $0.key > $1.key }.map(\.value)
  }
}

/// The relay's caps, as far as they are this member's.
struct CapShare: Equatable {
  /// Caps of the relay and of each key.
  var caps: Caps
  /// Smaller caps of keys that ask for much at other members too, by meter.
  var keys: [Int: Caps] = [:]
}

/// How the members of a cluster share the relay's caps.
///
/// Each member announces what its keys ask for, and computes the same division from all announcements: a key gets what it
/// asks for, up to a level that is the same at all members. What is left is divided by the number of members.
struct SharedCaps {
  /// Nanoseconds between two announcements.
  static let interval: UInt64 = 100_000_000
  /// Silence after which a member has no share.
  static let silence: UInt64 = 1_000_000_000
  /// Keys that are announced at most.
  static let maxKeys = 256

  /// What another member announced.
  private struct Announcement {
    var demand: Demand
    var keys: [Int: Volume]
    var at: Instant
  }

  private var others: [MemberID: Announcement] = [:]
  /// What this member announced last: other members know nothing newer.
  private var own = Demand(round: 0, bytes: [], packets: [], keys: [])
  /// What each meter asked for in a second, a mean of the last announcements.
  private var rates: [Int: Volume] = [:]
  /// What each meter has asked for since the last announcement.
  private var gathered: [Int: Volume] = [:]
  private var announcedAt: Instant?

  /// Counts what was asked for.
  mutating func gather(_ demands: [Meters.Demand]) {
    for demand in demands {
      gathered[demand.meter, default: Volume()].bytes &+= UInt64(clamping: demand.bytes)
      gathered[demand.meter]?.packets &+= UInt64(clamping: demand.packets)
    }
  }

  /// Returns what is to be announced; nil if it is not time yet.
  ///
  /// - Parameters:
  ///   - caps: The relay's caps.
  ///   - members: Number of members, with this one.
  ///   - key: Returns the public key of a meter; nil if it is not active any more.
  mutating func announce(_ caps: Caps, members: Int, at now: Instant, key: (Int) -> [UInt8]?) -> Demand? {
    guard let last = announcedAt else {
      announcedAt = now
      return nil
    }
    let elapsed = now.since(last)
    guard elapsed >= Self.interval else { return nil }
    announcedAt = now
    /// Returns the mean of the rate so far and that of the last interval.
    func mean(_ rate: UInt64?, _ count: UInt64?) -> UInt64 {
      let latest = (count ?? 0).multipliedFullWidth(by: 1_000_000_000)
      return ((rate ?? 0) + (latest.high < elapsed ? elapsed.dividingFullWidth(latest).quotient : .max / 2)) / 2
    }
    for meter in Set(rates.keys).union(gathered.keys) {
      let rate = Volume(
        packets: mean(rates[meter]?.packets, gathered[meter]?.packets),
        bytes: mean(rates[meter]?.bytes, gathered[meter]?.bytes))
      rates[meter] = rate.packets == 0 ? nil : rate
    }
    gathered = [:]
    let (keyBytes, keyPackets) = (caps.keyBytesPerSecond ?? .max, caps.keyPacketsPerSecond ?? .max)
    // A key that asks for less changes little, even if it does so at every other member.
    let least = UInt64(16 * members)
    let heavy = rates.filter { $0.value.bytes > keyBytes / least || $0.value.packets > keyPackets / least }
      .sorted { ($1.value.bytes, $0.key) < ($0.value.bytes, $1.key) }.prefix(Self.maxKeys)
    own = Demand(
      round: own.round + 1, bytes: Demand.classes(of: rates.values.lazy.map { min($0.bytes, keyBytes) }),
      packets: Demand.classes(of: rates.values.lazy.map { min($0.packets, keyPackets) }),
      keys: heavy.compactMap { meter, rate in
        key(meter).map { Demand.Key(key: $0, bytes: rate.bytes, packets: rate.packets) }
      })
    return own
  }

  /// Records another member's announcement.
  ///
  /// - Parameter meter: Returns the meter of a public key; nil if it is not active here.
  mutating func receive(_ demand: Demand, from member: MemberID, at now: Instant, meter: ([UInt8]) -> Int?) {
    let last = others[member]
    guard demand.round >= last?.demand.round ?? 0 else { return }
    var keys = demand.round == last?.demand.round ? last?.keys ?? [:] : [:]
    for key in demand.keys {
      if let meter = meter(key.key) { keys[meter] = Volume(packets: key.packets, bytes: key.bytes) }
    }
    others[member] = Announcement(demand: demand, keys: keys, at: now)
  }

  /// Returns this member's share of the relay's caps.
  ///
  /// - Parameter members: The other members that are reached.
  mutating func share(of caps: Caps, among members: Set<MemberID>, at now: Instant) -> CapShare {
    others = others.filter { members.contains($0.key) && now.since($0.value.at) < Self.silence }
    var share = CapShare(caps: caps)
    guard !others.isEmpty else { return share }
    let demands = others.values.map(\.demand)
    share.caps.relayBitsPerSecond = caps.relayBytesPerSecond.map {
      8 * FairShare.share(of: $0, for: own.bytes, besides: demands.map(\.bytes))
    }
    share.caps.relayPacketsPerSecond = caps.relayPacketsPerSecond.map {
      FairShare.share(of: $0, for: own.packets, besides: demands.map(\.packets))
    }
    for meter in Set(others.values.flatMap(\.keys.keys)) {
      let elsewhere = others.values.compactMap { $0.keys[meter] }
      func part(_ cap: UInt64, _ amount: (Volume) -> UInt64) -> UInt64 {
        FairShare.share(
          of: cap, for: Demand.classes(of: rates[meter].map { [amount($0)] } ?? []),
          besides: elsewhere.map { Demand.classes(of: [amount($0)]) })
      }
      var key = Caps()
      key.keyBitsPerSecond = caps.keyBytesPerSecond.map { 8 * part($0, \.bytes) }
      key.keyPacketsPerSecond = caps.keyPacketsPerSecond.map { part($0, \.packets) }
      share.keys[meter] = key
    }
    return share
  }
}

extension FairShare {
  /// Returns one member's share of a capacity: what its keys get with the same level for all keys, and its part of what
  /// nobody asks for.
  ///
  /// - Parameters:
  ///   - own: What the member's keys ask for.
  ///   - others: What those of each other member ask for.
  static func share(of capacity: UInt64, for own: [Demand.Class], besides others: [[Demand.Class]]) -> UInt64 {
    let all = (own + others.joined()).filter { $0.keys > 0 }
    func mean(_ demand: Demand.Class) -> UInt64 { demand.amount / demand.keys }
    var left = capacity
    var waiting = all.reduce(0 as UInt64) { $0.addingReportingOverflow($1.keys).partialValue }
    var level: UInt64?
    for demand in all.sorted(by: { mean($0) < mean($1) }) {
      if mean(demand) > left / max(1, waiting) {
        level = left / max(1, waiting)
        break
      }
      left -= min(left, demand.amount)
      waiting -= min(waiting, demand.keys)
    }
    let taken = own.reduce(0 as UInt64) { sum, demand in
      let bound = level.map { $0.multipliedReportingOverflow(by: demand.keys) }
      let part = bound.map { $0.overflow ? .max : $0.partialValue } ?? .max
      return sum.addingReportingOverflow(min(demand.amount, part)).partialValue
    }
    return min(capacity, taken + (level == nil ? left / UInt64(others.count + 1) : 0))
  }
}

extension RelayMachine {
  /// Gives the workers their credit for one tick: the relay's caps, or this member's share of them.
  ///
  /// - Parameters:
  ///   - meters: Meters of the workers.
  ///   - caps: The relay's caps.
  ///   - ticksPerSecond: How often this is called.
  package mutating func grant(_ meters: Meters, _ caps: Caps, ticksPerSecond: UInt64, at now: Instant) {
    let demands = meters.takeDemands()
    let share = cluster == nil ? CapShare(caps: caps) : share(of: caps, demands, at: now)
    meters.grant(share, demands, ticksPerSecond: ticksPerSecond)
  }

  /// Announces to the other members what is asked for here, and returns this member's share.
  private mutating func share(of caps: Caps, _ demands: [Meters.Demand], at now: Instant) -> CapShare {
    let members = cluster?.members.reachable(at: now) ?? []
    cluster?.caps.gather(demands)
    let directory = directory
    let announced = cluster?.caps.announce(caps, members: members.count + 1, at: now) { meter in
      meter == 0 ? [] : directory[KeyID(meter)]?.key.publicKey
    }
    if let announced {
      for message in ClusterMessage.announcing(announced) {
        for member in members { clusterOutbox.append((member.control, message)) }
      }
    }
    return cluster?.caps.share(of: caps, among: Set(members.map(\.id)), at: now) ?? CapShare(caps: caps)
  }

  /// Records what is asked for at another member.
  mutating func receive(_ demand: Demand, from member: MemberID, at now: Instant) {
    let directory = directory
    cluster?.caps.receive(demand, from: member, at: now) { key in
      key.isEmpty ? 0 : directory.number(of: key).map { Int($0) }
    }
  }
}

extension ClusterMessage {
  /// Returns the messages of an announcement. Each has the classes, and a part of the keys.
  static func announcing(_ demand: Demand) -> [ClusterMessage] {
    stride(from: 0, through: max(0, demand.keys.count - 1), by: Demand.keysPerMessage).map { start in
      var part = demand
      part.keys = Array(demand.keys[start..<min(demand.keys.count, start + Demand.keysPerMessage)])
      return .demand(part)
    }
  }
}
