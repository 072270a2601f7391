import CRelayCore
import Testing

@testable import RelayCore

@Suite struct TokenBucketTests {
  let rate = RelayLimits.Rate(perSecond: 10, burst: 20)

  @Test func burstThenRate() {
    var bucket = TokenBucket(rate, at: .start)
    let taken = [(30, 0), (30, 1), (99, 1_000_000)].map { tries, second in
      (0..<tries).count { _ in bucket.take(rate, at: Instant(seconds: UInt64(second))) }
    }
    #expect(taken == [20, 10, 20])
  }

  @Test func manySmallStepsEarnAsMuchAsOneLarge() {
    var bucket = TokenBucket(rate, at: .start)
    while bucket.take(rate, at: .start) {}
    let taken = (1...10_000).count { bucket.take(rate, at: .start.advanced(milliseconds: UInt64($0))) }
    #expect((99...100).contains(taken))
  }
}

@Suite struct ExpiryWheelTests {
  @Test func everythingComesOnceAndNotEarly() {
    var wheel = ExpiryWheel<Int>(at: Instant(seconds: 100))
    for delay in 0..<1_500 { wheel.add(delay, at: Instant(seconds: 100 + UInt64(delay))) }
    var seen: Set<Int> = []
    for second in 100...2_200 as ClosedRange<UInt64> {
      for delay in wheel.takeDue(by: Instant(seconds: second)) {
        let due = 100 + UInt64(delay)
        if due > second {
          wheel.add(delay, at: Instant(seconds: due))
        } else {
          #expect(seen.insert(delay).inserted)
          #expect(second <= due + 1)
        }
      }
    }
    #expect(seen.count == 1_500)
    #expect(wheel.count == 0)
  }

  @Test func longSleepLosesNothing() {
    var wheel = ExpiryWheel<Int>(at: .start)
    for element in 0..<100 { wheel.add(element, at: Instant(seconds: UInt64(element))) }
    #expect(wheel.takeDue(by: Instant(seconds: 1_000_000)).count == 100)
  }
}

@Suite struct SessionTableTests {
  /// The table against a dictionary, over many random steps.
  @Test func behavesAsADictionary() {
    let table = SessionTable(capacity: 200, secret: (1, 2))
    var model: [LegID: Leg] = [:]
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<50_000 {
      let id = LegID.random(in: 0..<400, using: &generator)
      if let leg = model[id] {
        table.remove(id)
        model[id] = nil
        let left = model.contains { $0.value.receiverIndex == leg.receiverIndex && $0.value.from == leg.from }
        if !left, case .leg(let found, _) = table.find(leg.receiverIndex, from: leg.from) {
          Issue.record("removed leg found as \(found)")
        }
      } else {
        let leg = Leg(
          receiverIndex: .random(in: 0..<150, using: &generator),
          from: address(.random(in: 0...20, using: &generator)), to: address(200), flags: [.live, .confirmed], meter: 0)
        #expect(table.insert(id, leg))
        model[id] = leg
      }
      guard let probe = model.randomElement(using: &generator) else { continue }
      guard case .leg(let found, let leg) = table.find(probe.value.receiverIndex, from: probe.value.from) else {
        Issue.record("a leg is lost")
        return
      }
      #expect(model[found] == leg)
      #expect(
        Set(table.legs(with: probe.value.receiverIndex))
          == Set(model.filter { $0.value.receiverIndex == probe.value.receiverIndex }.keys))
    }
  }

  @Test func oneIndexHoldsSoManyLegs() {
    let table = SessionTable(capacity: 1_000, secret: (3, 4))
    let inserted = (0..<100 as Range<LegID>).count { id in
      table.insert(
        id, Leg(receiverIndex: 5, from: address(1, port: UInt16(id)), to: address(2), flags: .live, meter: 0))
    }
    #expect(inserted == SessionTable.legsPerIndex)
  }
}

@Suite struct FairShareTests {
  @Test(
    arguments: [
      (100, [10, 20, 30], [10, 20, 30]), (60, [10, 100, 100], [10, 25, 25]), (0, [5, 5], [0, 0]), (7, [], []),
      (90, [1_000, 1_000, 1_000], [30, 30, 30]),
    ] as [(Int64, [Int64], [Int64])])
  func greedyShareWhatIsLeft(_ capacity: Int64, _ demands: [Int64], _ shares: [Int64]) {
    #expect(FairShare.shares(of: capacity, for: demands) == shares)
  }

  @Test func greedyKeyDoesNotStarveAModestOne() {
    let meters = Meters(capacity: 3)
    var caps = Caps()
    caps.relayBitsPerSecond = 8_000_000
    var carried = [0, 0, 0]
    for _ in 0..<200 {
      meters.grant(CapShare(caps: caps), meters.takeDemands(), ticksPerSecond: 100)
      for _ in 0..<100 where meters.spend(bytes: 1_000, meter: 1) { carried[1] += 1 }
      for _ in 0..<2 where meters.spend(bytes: 1_000, meter: 2) { carried[2] += 1 }
    }
    #expect(carried[2] >= 390)
    #expect(carried[1] + carried[2] <= 2_100)
    #expect(carried[1] >= 1_400)
  }
}

@Suite struct OutgoingBatchTests {
  private func add(
    _ batch: inout OutgoingBatch, _ data: UnsafePointer<UInt8>, _ length: UInt32, to: Endpoint, coalescing: Bool
  ) -> Bool {
    batch.append(data, length, to: to, coalescing: coalescing)
  }

  @Test func flowsComeTogetherInOrder() {
    let bytes = [UInt8](repeating: 1, count: 10_000)
    bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      var batch = OutgoingBatch(capacity: 100)
      // a a b a(short) a: the short one ends a's first message.
      do { let taken = add(&batch, base, 100, to: address(1), coalescing: true); #expect(taken) }
      do { let taken = add(&batch, base + 100, 100, to: address(1), coalescing: true); #expect(taken) }
      do { let taken = add(&batch, base + 200, 100, to: address(2), coalescing: true); #expect(taken) }
      do { let taken = add(&batch, base + 300, 50, to: address(1), coalescing: true); #expect(taken) }
      do { let taken = add(&batch, base + 350, 100, to: address(1), coalescing: true); #expect(taken) }
      batch.close()
      #expect(batch.messageCount == 3)
      #expect(batch.messages[0].datagrams == 3)
      #expect(batch.messages[0].length == 250)
      // Neighbours in memory are one piece.
      #expect(batch.messages[0].piece_count == 2)
      #expect(batch.messages[2].length == 100)
      batch.clear()
      do { let taken = add(&batch, base, 100, to: address(1), coalescing: false); #expect(taken) }
      do { let taken = add(&batch, base, 100, to: address(1), coalescing: false); #expect(taken) }
      batch.close()
      #expect(batch.messageCount == 2)
    }
  }

  /// A mark of congestion is one packet's, and none is put on others.
  @Test func onlyEqualTrafficClassesComeTogether() {
    let bytes = [UInt8](repeating: 1, count: 1_000)
    bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      var batch = OutgoingBatch(capacity: 100)
      for trafficClass in [2, 2, 3, 3, 2] as [UInt32] {
        let taken = batch.append(base, 100, to: address(1), trafficClass: trafficClass, coalescing: true)
        #expect(taken)
      }
      batch.close()
      #expect((0..<batch.messageCount).map { batch.messages[$0].traffic_class } == [2, 3, 2])
      #expect((0..<batch.messageCount).map { batch.messages[$0].datagrams } == [2, 2, 1])
    }
  }

  @Test func messagesStayWithinTheKernelsBounds() {
    let bytes = [UInt8](repeating: 1, count: 2_000)
    bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      var batch = OutgoingBatch(capacity: 500)
      for _ in 0..<500 { do { let taken = add(&batch, base, 1_400, to: address(1), coalescing: true); #expect(taken) } }
      do { let taken = add(&batch, base, 1_400, to: address(1), coalescing: true); #expect(!taken) }
      batch.close()
      var datagrams: UInt32 = 0
      for number in 0..<batch.messageCount {
        #expect(batch.messages[number].length <= 65_000)
        #expect(batch.messages[number].datagrams <= 64)
        datagrams += batch.messages[number].datagrams
      }
      #expect(datagrams == 500)
    }
  }
}

@Suite struct BLAKE2sTests {
  /// RFC 7693, appendix B.
  @Test func knownAnswer() {
    #expect(
      BLAKE2s.hash(Array("abc".utf8)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        == "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982")
  }

  /// Every code of the search finds what the plain function makes, at every place.
  @Test(arguments: ["generic", "avx2", "avx512"])
  func searchesAgree(_ variant: String) {
    let peers = (0..<200 as Range<UInt8>).map { Peer("p", $0) }
    let width = Int(relay_lanes)
    var states = [UInt32](repeating: 0, count: (peers.count + width - 1) / width * width * 8)
    for (place, peer) in peers.enumerated() {
      var midstate = [UInt32](repeating: 0, count: 8)
      relay_mac_midstate(&midstate, BLAKE2s.hash(Array(WireGuard.labelMAC1.utf8) + peer.publicKey))
      for word in 0..<8 { states[place / width * width * 8 + word * width + place % width] = midstate[word] }
    }
    for (place, peer) in peers.enumerated() {
      for message in [peer.initiation(sender: 77), peer.response(sender: 1, receiver: 2)] {
        let covered = message.count - 32
        let mac = Array(message[covered..<covered + 16])
        let found = relay_mac_search_with(variant, states, peers.count, message, covered, mac)
        // -2: this processor lacks the variant.
        #expect(found == place || found == -2)
        if found != -2 {
          #expect(relay_mac_search_with(variant, states, place, message, covered, mac) == -1)
        }
      }
    }
  }
}

@Suite struct EndpointTests {
  @Test(arguments: [
    (Endpoint(ipv4: 0xC000_0201, port: 51_820), "192.0.2.1:51820"),
    (Endpoint(ipv6: 0x2001_0DB8_0000_0000, 1, port: 1), "[2001:db8::1]:1"),
    (Endpoint(ipv6: 0, 0, port: 2), "[::]:2"),
    (Endpoint(ipv6: 0x2001_0000_0000_0001, 0x0000_0000_0000_0001, port: 3), "[2001:0:0:1::1]:3"),
    (Endpoint(ipv6: 0x0001_0000_0002_0003, 0x0004_0005_0006_0007, port: 4), "[1:0:2:3:4:5:6:7]:4"),
    (Endpoint(ipv6: 0xFE80_0000_0000_0000, 1, port: 5, scope: 3), "[fe80::1%3]:5"),
  ])
  func isWrittenAsRFC5952Wants(_ endpoint: Endpoint, _ text: String) { #expect(endpoint.description == text) }
}
