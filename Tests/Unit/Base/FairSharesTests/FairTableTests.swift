import Testing

@testable import FairShares

@Suite struct FairTableTests {
  private func ipv4(_ bytes: UInt8...) -> FairSource { .network(bytes) }
  private func ipv6(_ prefix: [UInt8], _ rest: Int) -> FairSource {
    .network(prefix + (0..<(16 - prefix.count)).map { UInt8(truncatingIfNeeded: rest >> (8 * $0)) })
  }

  /// A stranger's sources, each of whom brings as much as it likes.
  enum Crowd: String, CaseIterable, Sendable {
    case oneAddress, aWholeNetwork, manySubnets, oneClientOfIPv6, aWholeSite, aProvider
  }

  private func source(_ crowd: Crowd, _ number: Int) -> FairSource {
    switch crowd {
    case .oneAddress: ipv4(203, 0, 113, 9)
    case .aWholeNetwork: ipv4(203, 0, 113, UInt8(number % 256))
    case .manySubnets: ipv4(203, 0, UInt8(number / 256 % 256), UInt8(number % 256))
    case .oneClientOfIPv6: ipv6([0x20, 1, 0xD, 0xB8, 0, 1, 0, 1], number)
    case .aWholeSite: ipv6([0x20, 1, 0xD, 0xB8, 0, 1], number)
    case .aProvider: ipv6([0x20, 1, 0xD, 0xB8], number)
    }
  }

  @Test(arguments: Crowd.allCases) func aCrowdTakesNothingFromOthers(_ crowd: Crowd) {
    var table = FairTable<String, Int>(capacity: 100, maxShare: 40)
    let others = [
      ipv4(198, 51, 100, 7), ipv4(203, 113, 0, 9), ipv6([0x20, 1, 0xD, 0xB9, 0, 1], 1), FairSource.network(nil),
    ]
    for (number, other) in others.enumerated() {
      for entry in 0..<5 { #expect(table.insert("honest/\(number)/\(entry)", 0, of: other).isEmpty) }
    }
    for number in 0..<5_000 {
      let gone = table.insert("crowd/\(number)", 1, of: source(crowd, number))
      #expect(gone.allSatisfy { $0.value == 1 })
    }
    #expect(table.weight <= 100)
    for (number, other) in others.enumerated() {
      #expect(table.share(of: other) == 5)
      // A newcomer finds a place, and one of the crowd makes it.
      let gone = table.insert("late/\(number)", 0, of: other)
      #expect(gone.allSatisfy { $0.value == 1 } && table["late/\(number)"] == 0)
    }
  }

  /// Who sits in the crowd's own network keeps what it has, as long as that is less than the crowd's.
  @Test func aNeighbourOfTheCrowdKeepsItsPlace() {
    var table = FairTable<String, Int>(capacity: 100, maxShare: 100)
    _ = table.insert("neighbour", 0, of: ipv4(203, 0, 113, 8))
    for number in 0..<1_000 { _ = table.insert("crowd/\(number)", 1, of: ipv4(203, 0, 113, 9)) }
    #expect(table["neighbour"] == 0 && table.count == 100)
  }

  @Test func aSourceBeyondItsShareLosesWhatItUsedLeast() {
    var table = FairTable<Int, Int>(capacity: 100, maxShare: 3)
    let source = ipv4(192, 0, 2, 1)
    for key in 0..<3 { _ = table.insert(key, key, of: source) }
    table.touch(0)
    #expect(table.insert(3, 3, of: source).map(\.key) == [1])
    table.mark(2, isBusy: true)
    #expect(table.insert(4, 4, of: source).map(\.key) == [0])
    table.mark(3, isBusy: true)
    table.mark(4, isBusy: true)
    #expect(table.insert(5, 5, of: source).map(\.key) == [2])
    #expect(table.count == 3 && table.share(of: source) == 3)
  }

  @Test func amongEqualsTheOneThatWasSilentLongestMakesRoom() {
    var table = FairTable<Int, Int>(capacity: 4, maxShare: 4)
    for key in 0..<4 { _ = table.insert(key, key, of: ipv4(UInt8(10 + key), 0, 0, 1)) }
    #expect(table.insert(4, 4, of: ipv4(99, 0, 0, 1)).map(\.key) == [0])
    #expect(table[4] == 4)
  }

  @Test func weightsCount() {
    var table = FairTable<String, Int>(capacity: 10, maxShare: 10)
    _ = table.insert("small", 0, of: FairSource(["a"]))
    _ = table.insert("large", 1, of: FairSource(["b"]), weight: 8)
    #expect(table.insert("more", 1, of: FairSource(["b"]), weight: 5).map(\.key) == ["large"])
    #expect(table.weight == 6)
    // What is larger than everything together is as large as that, and stands alone.
    #expect(table.insert("huge", 1, of: FairSource(["b"]), weight: .max).count == 2)
    #expect(table.weight == 10 && table["huge"] == 1)
  }

  /// Whatever happens, in whatever order, the sums are those of the entries, and nothing of what is gone is left.
  @Test(arguments: 0..<20) func sumsAreThoseOfTheEntries(_ seed: UInt64) {
    var random = Steps(state: seed)
    var table = FairTable<Int, Int>(capacity: 60, maxShare: 12)
    var held: [Int: (source: FairSource, weight: Int)] = [:]
    for step in 0..<2_000 {
      let key = random.below(80)
      switch random.below(6) {
      case 0:
        #expect((table.remove(key) != nil) == (held.removeValue(forKey: key) != nil))
      case 1:
        table.touch(key)
        table.mark(key, isBusy: step % 2 == 0)
      default:
        let source = ipv4(
          UInt8(random.below(2)), 0, UInt8(random.below(2)), UInt8(random.below(4)))
        let weight = 1 + random.below(3)
        let gone = table.insert(key, step, of: source, weight: weight)
        held[key] = (source, weight)
        for (other, _) in gone {
          #expect(other != key && held.removeValue(forKey: other) != nil)
        }
        #expect(table[key] == step)
      }
      #expect(table.count == held.count && table.weight == held.values.reduce(0) { $0 + $1.weight })
      #expect(table.weight <= 60)
    }
    for source in Set(held.values.map(\.source)) {
      #expect(table.share(of: source) == held.values.reduce(0) { $0 + ($1.source == source ? $1.weight : 0) })
    }
    table.removeAll { _, _ in true }
    #expect(table.count == 0 && table.weight == 0)
  }

  @Test func anIPv4AddressIsTheSameOverAnIPv6Socket() {
    let mapped = FairSource.network([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 1])
    #expect(mapped == ipv4(192, 0, 2, 1))
    #expect(FairSource.network([1, 2, 3]) == FairSource.network(nil))
  }
}

/// Repeatable random numbers.
private struct Steps {
  var state: UInt64

  mutating func below(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }
}
