import Testing

@testable import RelayCore

/// Many sites of one hub come back as fast as a single one, and hear little of each other meanwhile.
@Suite struct HerdTests {
  enum Networks: CaseIterable { case ofTheirOwn, one }
  enum Start: CaseIterable { case atOnce, spread }

  /// Sites and their hub with WireGuard's timers, on the relay's clock.
  final class Herd {
    let relay: VirtualRelay
    let hub = Peer("a hub", number: 0)
    let sites: [Peer]
    let places: [Endpoint]
    var atHub = Endpoint(ipv4: 0x0101_0101, port: 51_820)
    var hubAnswers = true
    /// Milliseconds of the clock at which a site had a session again.
    var back: [Int: UInt64] = [:]
    /// Initiations for others that each site got.
    var foreign: [Int]
    private var cookies: [Endpoint: [UInt8]] = [:]
    private var numbers: [Endpoint: Int] = [:]
    private var nextIndex: UInt32 = 1
    /// Makes the indices of initiations differ; the rest of a division by `indices` is the site's number.
    private var round: UInt32 = 0
    private static let indices: UInt32 = 10_000

    init(_ count: Int, _ networks: Networks) {
      sites = (0..<count).map { Peer("site", number: $0) }
      places = (0..<count).map { number in
        networks == .one
          ? Endpoint(ipv4: 0x6440_0001, port: UInt16(1_024 + number))
          : Endpoint(ipv4: 0x0A00_0001 | UInt32(number) << 8, port: 51_820)
      }
      foreign = [Int](repeating: 0, count: count)
      relay = VirtualRelay(keys: [hub] + sites)
      for (number, place) in places.enumerated() { numbers[place] = number }
    }

    /// Lets the relay know everybody, by a session of each site with the hub.
    func connect() {
      deliver(relay.introduce(atHub, asking: sites[0], sender: 1))
      for number in sites.indices {
        ask(number)
        if back[number] == nil { ask(number) }
        if number % 200 == 199 { relay.pass(seconds: 1) }
      }
      relay.pass(seconds: 30)
      back = [:]
      foreign = [Int](repeating: 0, count: sites.count)
    }

    /// A site's initiation to the hub, and all that follows.
    func ask(_ number: Int) {
      round += 1
      let sender = round % 100_000 * Self.indices + UInt32(number)
      let message = hub.initiation(sender: sender, cookie: cookies[places[number]])
      deliver(relay.receive(message, from: places[number]))
    }

    /// The hub's initiation to a site, and all that follows.
    func askFromHub(_ number: Int) {
      let message = sites[number].initiation(sender: 0x8000_0000 | UInt32(number), cookie: cookies[atHub])
      deliver(relay.receive(message, from: atHub))
    }

    private func deliver(_ deliveries: [Delivery]) {
      for delivery in deliveries {
        let message = HandshakeMessage(delivery.bytes)
        switch message?.kind {
        case .cookieReply: cookies[delivery.to] = relay.cookie(for: delivery.to)
        case .initiation:
          guard let message else { continue }
          if delivery.to == atHub {
            guard hubAnswers, message.sender & 0x8000_0000 == 0 else { continue }
            nextIndex += 1
            let site = sites[Int(message.sender % Self.indices)]
            deliver(relay.receive(site.response(sender: nextIndex, receiver: message.sender), from: atHub))
          } else if let number = numbers[delivery.to] {
            guard message.sender == 0x8000_0000 | UInt32(number) else {
              foreign[number] += 1
              continue
            }
            nextIndex += 1
            deliver(relay.receive(hub.response(sender: nextIndex, receiver: message.sender), from: delivery.to))
          }
        case .response:
          guard let message else { continue }
          relay.receive(transport(message.sender, counter: 0), from: delivery.to)
          let number = delivery.to == atHub ? Int(message.receiver & 0x7FFF_FFFF) : numbers[delivery.to]
          if let number, back[number] == nil { back[number] = relay.now.milliseconds }
        case nil: continue
        }
      }
    }

    /// Every site tries every 5 s and up to 0.33 s, as WireGuard does, until it is back or time is over.
    ///
    /// - Parameters:
    ///   - also: is called for every site once, when it tries for the first time.
    func run(seconds: UInt64, _ start: Start, also: (Int) -> Void = { _ in }) {
      var generator = SystemRandomNumberGenerator()
      var tries: [(at: UInt64, site: Int, isFirst: Bool)] = []
      for number in sites.indices {
        var at =
          start == .atOnce ? UInt64.random(in: 0..<300, using: &generator) : .random(in: 0..<5_000, using: &generator)
        var isFirst = true
        while at < seconds * 1_000 {
          tries.append((at, number, isFirst))
          isFirst = false
          at += 5_000 + .random(in: 0..<334, using: &generator)
        }
      }
      let begin = relay.now
      for attempt in tries.sorted(by: { $0.at < $1.at }) {
        let now = begin.advanced(milliseconds: attempt.at)
        while relay.now.seconds < now.seconds { relay.pass(seconds: 1) }
        relay.now = max(relay.now, now)
        if attempt.isFirst { also(attempt.site) }
        if back[attempt.site] == nil { ask(attempt.site) }
      }
    }

    /// Milliseconds after `begin` until so many hundredths of the sites were back; nil if they were not.
    func time(of percent: Int, after begin: UInt64) -> UInt64? {
      let times = back.values.map { $0 > begin ? $0 - begin : 0 }.sorted()
      let wanted = (sites.count * percent + 99) / 100
      return times.count >= wanted ? times[wanted - 1] : nil
    }
  }

  private func expectQuick(_ herd: Herd, after begin: UInt64, foreign bound: Int = 5) {
    #expect((herd.time(of: 90, after: begin) ?? .max) <= 5_400, "\(herd.back.count) are back")
    #expect((herd.time(of: 100, after: begin) ?? .max) <= 11_000, "\(herd.back.count) are back")
    #expect((herd.foreign.max() ?? 0) <= bound)
  }

  @Test(arguments: [50, 1_000, 5_000], Networks.allCases)
  func hubWasAway(_ count: Int, _ networks: Networks) {
    for start in count == 1_000 ? Start.allCases : [.atOnce] {
      let herd = Herd(count, networks)
      herd.connect()
      herd.hubAnswers = false
      herd.run(seconds: 20, start)
      herd.hubAnswers = true
      let begin = herd.relay.now.milliseconds
      herd.run(seconds: 12, start)
      expectQuick(herd, after: begin)
    }
  }

  /// The hub asks for all sites, from another port, and they ask for it.
  @Test(arguments: [50, 1_000], Networks.allCases)
  func hubWasRestarted(_ count: Int, _ networks: Networks) {
    let herd = Herd(count, networks)
    herd.connect()
    herd.atHub = Endpoint(ipv4: 0x0101_0101, port: 40_001)
    let begin = herd.relay.now.milliseconds
    herd.run(seconds: 12, .atOnce) { herd.askFromHub($0) }
    expectQuick(herd, after: begin)
  }

  @Test(arguments: Networks.allCases)
  func allStartAtOnce(_ networks: Networks) {
    let herd = Herd(2_000, networks)
    herd.connect()
    let begin = herd.relay.now.milliseconds
    herd.run(seconds: 12, .atOnce)
    #expect(herd.relay.dropped(.sourceRate) == 0)
    #expect(herd.relay.dropped(.broadcastRate) == 0)
    expectQuick(herd, after: begin, foreign: 0)
  }

  /// The relay has lost everything, so that the first try of everybody is answered with a cookie.
  @Test(arguments: [50, 2_000], Networks.allCases)
  func relayKnowsNobody(_ count: Int, _ networks: Networks) {
    let herd = Herd(count, networks)
    let begin = herd.relay.now.milliseconds
    herd.run(seconds: 16, .atOnce) { if $0 == 0 { herd.askFromHub(0) } }
    herd.askFromHub(0)
    herd.run(seconds: 6, .atOnce)
    #expect(herd.back.count == count)
    #expect((herd.time(of: 100, after: begin) ?? .max) <= 21_000)
  }

  /// One tenant's herd leaves another's first contact alone.
  @Test func groupsHaveBudgetsOfTheirOwn() {
    let herd = Herd(300, .ofTheirOwn)
    let rivals = [Peer("eve", 8, group: "rivals"), Peer("mal", 9, group: "rivals"), Peer("ned", 10, group: "rivals")]
    herd.connect()
    herd.relay.machine.replaceKeys(
      ([herd.hub] + herd.sites + rivals).map(\.allowed), at: herd.relay.now)
    _ = herd.relay.introduce(address(8), asking: rivals[1], sender: 80)
    _ = herd.relay.introduce(address(9), asking: rivals[0], sender: 90)
    herd.hubAnswers = false
    herd.run(seconds: 20, .atOnce)
    let copies = herd.relay.introduce(address(10), asking: rivals[1], sender: 100)
    #expect(Set(copies.map(\.to)) == [address(8), address(9)])
  }

  /// A peer that ignores one asker and answers others is not silent; the log points at the asker.
  @Test func ignoredAskerIsSaid() {
    let herd = Herd(3, .ofTheirOwn)
    herd.connect()
    for second in 0..<60 {
      if second % 5 == 0 { herd.relay.receive(herd.hub.initiation(sender: 9_000), from: herd.places[0]) }
      herd.back = [:]
      herd.ask(1)
      herd.relay.pass(seconds: 1)
    }
    let notices = herd.relay.machine.notices
    #expect(notices.filter { $0 == .askerIgnored(key: "a hub", source: herd.places[0]) }.count == 1)
    #expect(!notices.contains(.fallback(key: "a hub")))
  }
}
