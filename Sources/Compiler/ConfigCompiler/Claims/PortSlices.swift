package import ConfigModel

/// Which of two organizations has the ports that both have in their slices.
struct PortSlices: Sendable {
  /// Two organizations, in the order of their names.
  struct Pair: Sendable, Hashable {
    let first: String
    let second: String

    init(_ one: String, _ other: String) {
      first = min(one, other)
      second = max(one, other)
    }
  }

  /// For each pair whose slices overlap, the one that keeps its own; nil where neither does.
  let winners: [Pair: String?]
  /// Pairs that the base does not decide.
  let disputes: Set<Pair>

  /// - Complexity: linear in the organizations, and in the pairs that overlap.
  init(_ units: [OrganizationUnit], base: Compilation?) {
    let slices = units.compactMap { unit in unit.portSlice.map { (org: unit.name, range: $0) } }
      .sorted { ($0.range.low, $0.org) < ($1.range.low, $1.org) }
    var winners: [Pair: String?] = [:]
    var disputes: Set<Pair> = []
    var open: [(org: String, range: PortRange)] = []
    for slice in slices {
      open.removeAll { $0.range.high < slice.range.low }
      for other in open {
        let pair = Pair(slice.org, other.org)
        guard let common = PortRange(low: slice.range.low, high: min(slice.range.high, other.range.high)) else {
          continue
        }
        let (holders, isSettled) = Self.holders(of: common, pair, base)
        // One port that is the other's is enough to be in its way.
        winners[pair] = .some(holders.count == 1 ? holders.first ?? nil : nil)
        if !isSettled { disputes.insert(pair) }
      }
      open.append(slice)
    }
    self.winners = winners
    self.disputes = disputes
  }

  /// Who of two has each of some ports in the base, and whether each of them was somebody's there.
  private static func holders(
    of ports: PortRange, _ pair: Pair, _ base: Compilation?
  ) -> (holders: Set<String?>, isSettled: Bool) {
    let first = base?.unit(named: pair.first)?.portSlice
    let second = base?.unit(named: pair.second)?.portSlice
    var holders: Set<String?> = []
    var isSettled = true
    // Between these, nothing changes.
    let turns =
      [ports.low] + [first, second].compactMap { $0 }.flatMap { [$0.low, $0.high + 1] }.filter(ports.contains)
    for port in turns {
      switch (first?.contains(port) ?? false, second?.contains(port) ?? false) {
      case (true, true): holders.insert(base?.holdings.slices.winners[pair] ?? nil)
      case (true, false): holders.insert(pair.first)
      case (false, true): holders.insert(pair.second)
      case (false, false):
        holders.insert(nil)
        isSettled = false
      }
    }
    return (holders, isSettled)
  }
}

extension OrganizationUnit {
  /// The organization's slice of the ports; nil where it has none, or only asks.
  package var portSlice: PortRange? { isPending ? nil : organization?.spec.portRange }
}
