import CRelayCore

/// Ways to members whose own data endpoints are hidden by address translation, as between regions.
///
/// Greetings travel on the ways themselves: a way counts once a stamp that was sent on it has come back on it, and for as
/// long as stamps do. The ways begin at the addresses from which members' control messages come.
struct MemberPaths {
  /// What is sent on a way to prove it.
  struct Greeting: Equatable {
    /// Random number that only the receiver of this greeting can return.
    var stamp: UInt64
    /// The last stamp that came on this way; 0 if there is none.
    var echo: UInt64
  }

  private struct Path {
    var member: MemberID
    /// Whether this member greeted first.
    var isOwn: Bool
    /// The last stamp that came.
    var heard: UInt64 = 0
    var heardAt: Instant?
    /// Stamps that may still come back.
    var sent: [UInt64] = []
    var provenAt: Instant?
  }

  /// Ways at most. Members that keep changing their addresses displace nobody's proven way.
  private static let maxPaths = 48
  private static let rememberedStamps = 8
  private var paths: [Endpoint: Path] = [:]

  /// Whether there is any way besides those that members announce.
  var isEmpty: Bool { paths.isEmpty }

  /// Returns the endpoint of the best proven way to a member; nil if there is none.
  ///
  /// The members at both ends choose the same way of two: the one that the member with the lower number greeted first.
  func best(to member: MemberID, from own: MemberID, at now: Instant) -> Endpoint? {
    let prefersOwn = own < member
    return paths.filter { $0.value.member == member && Self.isProven($0.value, at: now) }
      .min { left, right in
        let (first, second) = (left.value.isOwn == prefersOwn, right.value.isOwn == prefersOwn)
        return first == second ? left.key.precedes(right.key) : first
      }?.key
  }

  /// Returns the endpoints of all proven ways, each with its member.
  func proven(at now: Instant) -> [(endpoint: Endpoint, member: MemberID)] {
    paths.filter { Self.isProven($0.value, at: now) }.map { ($0.key, $0.value.member) }
      .sorted { $0.endpoint.precedes($1.endpoint) }
  }

  private static func isProven(_ path: Path, at now: Instant) -> Bool {
    path.provenAt.map { now.since($0) < MemberTable.suspectAfter } ?? false
  }

  /// Handles a member's greeting.
  mutating func receive(_ greeting: Greeting, from member: MemberID, at source: Endpoint, at now: Instant) {
    if paths[source] == nil {
      guard paths.count < Self.maxPaths || forgetUnproven(at: now) else { return }
      paths[source] = Path(member: member, isOwn: false)
    }
    guard var path = paths[source] else { return }
    defer { paths[source] = path }
    if path.member != member {
      // A successor has the address: what its predecessor was sent proves nothing of it.
      path = Path(member: member, isOwn: path.isOwn)
    }
    path.heard = greeting.stamp
    path.heardAt = now
    // A stamp counts once, so that the last one that got through proves nothing later.
    guard greeting.echo != 0, let place = path.sent.firstIndex(of: greeting.echo) else { return }
    path.sent.removeFirst(place + 1)
    path.provenAt = now
  }

  /// Returns the greetings that are due, each with its destination.
  ///
  /// - Parameters:
  ///   - hidden: Where members may be reached whose control messages come from another address than they announce.
  ///   - random: Returns a random number.
  mutating func greetings(
    _ hidden: [(member: MemberID, endpoint: Endpoint)], at now: Instant, random: () -> UInt64
  ) -> [(to: Endpoint, greeting: Greeting)] {
    for (member, endpoint) in hidden where paths[endpoint]?.member != member {
      guard paths[endpoint] != nil || paths.count < Self.maxPaths || forgetUnproven(at: now) else { continue }
      paths[endpoint] = Path(member: member, isOwn: true)
    }
    let wanted = Set(hidden.map(\.endpoint))
    paths = paths.filter { endpoint, path in
      wanted.contains(endpoint) || path.heardAt.map { now.since($0) < 2 * MemberTable.suspectAfter } ?? false
    }
    var greetings: [(to: Endpoint, greeting: Greeting)] = []
    for endpoint in paths.keys.sorted(by: { $0.precedes($1) }) {
      guard var path = paths[endpoint] else { continue }
      let greeting = Greeting(stamp: max(1, random()), echo: path.heard)
      path.sent.append(greeting.stamp)
      if path.sent.count > Self.rememberedStamps { path.sent.removeFirst() }
      paths[endpoint] = path
      greetings.append((endpoint, greeting))
    }
    return greetings
  }

  /// Forgets the ways to a member.
  mutating func forget(_ member: MemberID) { paths = paths.filter { $0.value.member != member } }

  private mutating func forgetUnproven(at now: Instant) -> Bool {
    guard let unproven = paths.first(where: { !Self.isProven($0.value, at: now) })?.key else { return false }
    paths[unproven] = nil
    return true
  }
}

/// Datagrams on the relay's own port by which members prove the ways between them.
package enum MemberGreeting {
  /// First bytes. WireGuard's messages begin with a number from 1 to 4 in four bytes.
  static let magic: [UInt8] = [0x77, 0x70, 0x65, 0x78]
  /// Length of all greetings.
  static let length = magic.count + ClusterCipher.overhead + 1 + 2 * 8

  /// Returns whether a datagram has the form of a greeting. Called by workers.
  static func isOne(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count == length && bytes.starts(with: magic)
  }
}

extension MemberTable {
  /// Handles a greeting on a way between members.
  ///
  /// - Returns: What changed.
  mutating func receive(
    _ greeting: MemberPaths.Greeting, counter: UInt64, from id: MemberID, at source: Endpoint, at now: Instant
  ) -> [Change] {
    guard acceptProven(counter, from: id) else { return [] }
    paths.receive(greeting, from: id, at: source, at: now)
    return choosePaths(at: now)
  }

  /// Returns the greetings that are due, each with its destination.
  mutating func greetings(at now: Instant, random: () -> UInt64) -> [(to: Endpoint, greeting: MemberPaths.Greeting)] {
    let hidden = reachable(at: now).compactMap { member -> (member: MemberID, endpoint: Endpoint)? in
      guard !member.announced.isNone, !member.control.hasAddress(of: member.announced) else { return nil }
      return (member.id, member.control.withPort(member.announced.port))
    }
    guard !hidden.isEmpty || !paths.isEmpty else { return [] }
    return paths.greetings(hidden, at: now, random: random)
  }

  /// Returns the data endpoints of the members that can be reached: those in use, and all other proven ways.
  func dataEndpoints(at now: Instant) -> [Endpoint] {
    let members = reachable(at: now)
    let ids = Set(members.map(\.id))
    let used = members.map(\.data)
    return used
      + paths.proven(at: now).filter { ids.contains($0.member) && !used.contains($0.endpoint) }.map(\.endpoint)
  }
}

extension Endpoint {
  /// Returns whether two endpoints have one address.
  fileprivate func hasAddress(of other: Endpoint) -> Bool { high == other.high && low == other.low }

  /// Returns the endpoint with the same address and another port.
  fileprivate func withPort(_ port: UInt16) -> Endpoint {
    Endpoint(high: high, low: low, meta: UInt64(port) | UInt64(scope) << 32)
  }
}
