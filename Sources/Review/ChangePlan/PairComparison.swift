import ConfigCompiler
import ConfigModel

/// A comparison of who may speak with whom on each relay.
enum PairComparison {
  static func changes(in comparison: OrganizationComparison) -> [PairChange] {
    var changes: [PairChange] = []
    for pair in comparison.changed where !comparison.isUnknown(pair.name) {
      guard let base = pair.base, let head = pair.head else { continue }
      for (position, relay) in head.relays.enumerated() {
        guard let earlier = base.relays.firstIndex(where: { $0.name == relay.name }),
          relay.spec.access != nil || base.relays[earlier].spec.access != nil
        else { continue }
        changes += compare(
          Side(base, earlier, on: comparison.base.now.day), Side(head, position, on: comparison.head.now.day),
          org: pair.name, relay: relay.name)
      }
    }
    return changes
  }

  /// A relay's keys and rules in one revision.
  private struct Side {
    let keys: [String]
    let access: RelayAccess?

    init(_ unit: OrganizationUnit, _ position: Int, on day: CivilDate) {
      keys = unit.activeKeys(ofRelay: position, on: day).map(\.name)
      access = unit.access(ofRelay: position, on: day)
    }

    func accessClass(of key: String) -> Int { access?.classes[key] ?? 0 }
    func permits(_ one: Int, _ other: Int) -> Bool { access?.permits(one, other) ?? true }
  }

  /// Classes of a key before and after.
  private struct Classes: Hashable {
    let before: Int
    let after: Int
  }

  /// Compares by classes: the number of keys may be large, that of classes is not.
  private static func compare(_ before: Side, _ after: Side, org: String, relay: String) -> [PairChange] {
    guard before.access != after.access else { return [] }
    let stayed = Set(before.keys).intersection(after.keys).sorted()
    let groups = Dictionary(grouping: stayed) {
      Classes(before: before.accessClass(of: $0), after: after.accessClass(of: $0))
    }.sorted { $0.value[0] < $1.value[0] }
    var counts: [PairChange.Operation: Int] = [:]
    var named: [PairChange.Operation: [[String]]] = [:]
    for (index, one) in groups.enumerated() {
      for other in groups[index...] {
        let had = before.permits(one.key.before, other.key.before)
        let has = after.permits(one.key.after, other.key.after)
        guard had != has else { continue }
        let isSame = one.key == other.key
        let pairs =
          isSame ? one.value.count * (one.value.count - 1) / 2 : one.value.count * other.value.count
        guard pairs > 0 else { continue }
        let operation = has ? PairChange.Operation.gained : .lost
        counts[operation, default: 0] += pairs
        named[operation, default: []] += first(one.value, other.value, isSame: isSame)
      }
    }
    return PairChange.Operation.allCases.compactMap { operation in
      counts[operation].map { count in
        let pairs = (named[operation] ?? []).sorted { $0.lexicographicallyPrecedes($1) }
        return PairChange(
          operation: operation, org: org, relay: relay, count: count, pairs: Array(pairs.prefix(PairChange.maxNamed)))
      }
    }
  }

  /// Returns the first pairs of two groups, each in the order of the names.
  private static func first(_ one: [String], _ other: [String], isSame: Bool) -> [[String]] {
    var pairs: [[String]] = []
    for (index, name) in one.enumerated() {
      for partner in isSame ? other[(index + 1)...] : other[...] {
        guard pairs.count < PairChange.maxNamed else { return pairs }
        pairs.append([name, partner].sorted())
      }
    }
    return pairs
  }
}
