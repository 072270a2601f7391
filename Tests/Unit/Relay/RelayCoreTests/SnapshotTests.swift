import Testing

@testable import RelayCore

/// What one process leaves to the next.
@Suite struct SnapshotTests {
  let anna = Peer("anna", 1)
  let bert = Peer("bert", 2)
  let atAnna = address(1)
  let atBert = address(2)

  var relay: VirtualRelay {
    let relay = VirtualRelay(keys: [anna, bert])
    _ = relay.introduce(atBert, asking: anna, sender: 20)
    _ = relay.introduce(atAnna, asking: bert, sender: 10)
    relay.connect(anna, atAnna, index: 10, bert, atBert, index: 21)
    return relay
  }

  @Test func nextProcessCarriesOn() throws {
    let before = relay
    let bytes = before.machine.snapshot(at: before.now, wallClock: 1_000_000)
    let after = VirtualRelay(keys: [anna, bert])
    after.now = Instant(seconds: 500)
    #expect(try after.machine.restore(bytes, at: after.now, wallClock: 1_000_002) == 1)
    #expect(after.receive(transport(21, counter: 1), from: atAnna).map(\.to) == [atBert])
    #expect(after.receive(transport(10, counter: 1), from: atBert).map(\.to) == [atAnna])
    #expect(after.machine.statistics(at: after.now).handshakes == 1)
    // Owners, addresses and cookies are there as well.
    #expect(after.receive(bert.initiation(sender: 30), from: atAnna).map(\.to) == [atBert])
    let cookie = BLAKE2s.mac(address(9).bytes, key: before.machine.cookies.current)
    after.receive(bert.initiation(sender: 31, cookie: cookie), from: address(9))
    #expect(after.machine.addresses[address(9)] != nil)
  }

  /// The host's clock was wrong, or is: in the same run of the kernel, its other clock counts.
  @Test(arguments: [0, 999_999, 1_000_000, 1_003_600, 40_000_000] as [UInt64])
  func wallClockEndsNothingInOneBoot(_ wallClock: UInt64) throws {
    let before = relay
    let bytes = before.machine.snapshot(at: before.now, wallClock: 1_000_000, boot: [1])
    let after = VirtualRelay(keys: [anna, bert])
    after.now = before.now.advanced(seconds: 2)
    #expect(try after.machine.restore(bytes, at: after.now, wallClock: wallClock, boot: [1]) == 1)
    #expect(after.receive(transport(21, counter: 1), from: atAnna).map(\.to) == [atBert])
    // Time that has passed counts, whatever the wall clock says.
    let late = VirtualRelay(keys: [anna, bert])
    late.now = before.now.advanced(seconds: 300)
    #expect(try late.machine.restore(bytes, at: late.now, wallClock: wallClock, boot: [1]) == 0)
  }

  /// After a restart of the host, or if nothing is known of it, only the wall clock is left.
  @Test(arguments: [([1], [2]), ([1], []), ([], [1]), ([], [])] as [([UInt8], [UInt8])])
  func wallClockCountsBetweenBoots(_ written: [UInt8], _ read: [UInt8]) throws {
    let before = relay
    let bytes = before.machine.snapshot(at: before.now, wallClock: 1_000_000, boot: written)
    for (wallClock, sessions) in [(1_000_002, 1), (1_003_600, 0)] as [(UInt64, Int)] {
      let after = VirtualRelay(keys: [anna, bert])
      after.now = before.now.advanced(seconds: 2)
      #expect(try after.machine.restore(bytes, at: after.now, wallClock: wallClock, boot: read) == sessions)
    }
  }

  /// The clock of the kernel cannot go back within a run: such a snapshot is another one's.
  @Test func futureOfTheSameBootIsNone() throws {
    let before = relay
    let bytes = before.machine.snapshot(at: before.now.advanced(seconds: 9), wallClock: 1_000_000, boot: [1])
    let after = VirtualRelay(keys: [anna, bert])
    after.now = before.now
    #expect(try after.machine.restore(bytes, at: after.now, wallClock: 1_003_600, boot: [1]) == 0)
  }

  /// What earlier versions wrote is read: the first lacks the boot and its clock, and both lack the number of counts.
  @Test(arguments: [1, 2] as [UInt8]) func versionsBeforeAreRead(_ version: UInt8) throws {
    let before = relay
    let bytes = before.machine.snapshot(at: before.now, wallClock: 1_000_000)
    let fields = 8 + "wpex-relay state".utf8.count
    var old = Array(bytes.dropLast(32))
    // Two secrets, each with its length, their age, and three counters.
    let number = fields + 32 + 8 + 32 + 8 + Int(old[fields + 32 + 40]) + 8 + 24
    old.removeSubrange(number..<number + 8)
    if version == 1 { old.removeSubrange(fields + 16..<fields + 32) }
    old[fields] = version
    let after = VirtualRelay(keys: [anna, bert])
    #expect(try after.machine.restore(old + BLAKE2s.hash(old), at: after.now, wallClock: 1_000_002, boot: [1]) == 1)
  }

  @Test func oldSessionsAndRevokedKeysStayBehind() throws {
    let before = relay
    let bytes = before.machine.snapshot(at: before.now, wallClock: 1_000_000)
    let late = VirtualRelay(keys: [anna, bert])
    #expect(try late.machine.restore(bytes, at: late.now, wallClock: 1_000_300) == 0)
    let without = VirtualRelay(keys: [anna])
    #expect(try without.machine.restore(bytes, at: without.now, wallClock: 1_000_001) == 0)
    #expect(without.machine.table.legs(with: 21).isEmpty)
    var moved = bert
    moved.group = "rivals"
    let regrouped = VirtualRelay(keys: [anna, moved])
    #expect(try regrouped.machine.restore(bytes, at: regrouped.now, wallClock: 1_000_001) == 0)
  }

  /// Any byte of the file may be wrong; with the checksum mended, the reader itself must stand it.
  @Test func damagedFilesAreRefusedOrHarmless() {
    let before = relay
    let whole = before.machine.snapshot(at: before.now, wallClock: 1_000_000)
    var generator = SystemRandomNumberGenerator()
    for place in whole.indices {
      var bytes = whole
      bytes[place] ^= UInt8.random(in: 1...255, using: &generator)
      let strict = VirtualRelay(keys: [anna, bert])
      #expect(throws: SnapshotError.malformed) {
        try strict.machine.restore(bytes, at: strict.now, wallClock: 1_000_001)
      }
      let mended = Array(bytes.dropLast(32)) + BLAKE2s.hash(bytes.dropLast(32))
      let lenient = VirtualRelay(keys: [anna, bert])
      _ = try? lenient.machine.restore(mended, at: lenient.now, wallClock: 1_000_001)
      lenient.receive(transport(21, counter: 1), from: atAnna)
      lenient.receive(bert.initiation(sender: 30), from: atAnna)
      lenient.pass(seconds: 2)
    }
    for length in 0..<whole.count {
      let cut = VirtualRelay(keys: [anna, bert])
      #expect(throws: SnapshotError.self) {
        try cut.machine.restore(Array(whole.prefix(length)), at: cut.now, wallClock: 1_000_001)
      }
    }
  }
}
