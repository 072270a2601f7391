/// Packets and bytes.
package struct Volume: Equatable, Sendable {
  /// Packets.
  package var packets: UInt64 = 0
  /// Bytes.
  package var bytes: UInt64 = 0

  static func + (left: Volume, right: Volume) -> Volume {
    Volume(packets: left.packets &+ right.packets, bytes: left.bytes &+ right.bytes)
  }

  static func - (left: Volume, right: Volume) -> Volume {
    Volume(packets: left.packets &- right.packets, bytes: left.bytes &- right.bytes)
  }
}

/// Part of a leg's traffic that crossed members, which none of its ends sent to this process or received from it.
struct Crossing {
  /// What other members passed on to this one.
  var fromMembers = Volume()
  /// What this member passed on to others.
  var toMembers = Volume()
  /// What the leg had carried when its ends last moved from one member to another.
  private var settled = Volume()

  /// Counts what a leg has carried since it was last counted.
  ///
  /// - Parameters:
  ///   - carried: all that the leg has carried.
  ///   - flags: where its packets came from and went to in the meantime.
  mutating func settle(_ carried: Volume, _ flags: Leg.Flags) {
    let rest = carried - settled
    if flags.contains(.fromMember) { fromMembers = fromMembers + rest }
    if flags.contains(.toMember) { toMembers = toMembers + rest }
    settled = carried
  }
}

extension RelayMachine {
  /// Returns what a leg has carried, and the part of it that crossed members.
  func traffic(of leg: LegID) -> (all: Volume, crossing: Crossing) {
    let all = table.activity(of: leg).volume
    guard cluster != nil else { return (all, Crossing()) }
    var crossing = cluster?.crossings[leg] ?? Crossing()
    crossing.settle(all, table.memory(of: leg).read().flags)
    return (all, crossing)
  }

  /// Counts the traffic of a leg whose packets come from elsewhere, or go elsewhere, from now on.
  mutating func settleCrossing(of leg: LegID) {
    let (all, crossing) = traffic(of: leg)
    // Most legs carry nothing before they are set.
    if all.packets > 0 { cluster?.crossings[leg] = crossing }
  }

  /// Counts the traffic of a session that ends.
  mutating func endCrossing(of id: SessionID) {
    guard cluster != nil else { return }
    for leg in [id * 2, id * 2 + 1] {
      let crossing = traffic(of: leg).crossing
      if let ended = cluster?.crossed {
        cluster?.crossed.fromMembers = ended.fromMembers + crossing.fromMembers
        cluster?.crossed.toMembers = ended.toMembers + crossing.toMembers
      }
      cluster?.crossings[leg] = nil
    }
  }

  /// All data that crossed members.
  var crossed: Crossing {
    var sum = cluster?.crossed ?? Crossing()
    for (index, session) in sessions.enumerated() where session.state == .confirmed {
      for leg in [SessionID(index) * 2, SessionID(index) * 2 + 1] {
        let crossing = traffic(of: leg).crossing
        sum.fromMembers = sum.fromMembers + crossing.fromMembers
        sum.toMembers = sum.toMembers + crossing.toMembers
      }
    }
    return sum
  }
}
