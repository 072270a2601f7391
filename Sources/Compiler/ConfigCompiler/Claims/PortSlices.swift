package import ConfigModel

/// Holders of the ports that lie in two organizations' port ranges.
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

  /// For each pair whose ranges overlap, the organization that keeps its own; nil if neither does.
  let winners: [Pair: String?]
  /// Pairs that the base does not decide.
  let disputes: Set<Pair>

  /// Compares the port ranges of all organizations.
  ///
  /// - Complexity: Linear in the organizations and in the overlapping pairs, after sorting.
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
        // A single port that belongs to the other organization suffices for a conflict.
        winners[pair] = .some(holders.count == 1 ? holders.first ?? nil : nil)
        if !isSettled { disputes.insert(pair) }
      }
      open.append(slice)
    }
    self.winners = winners
    self.disputes = disputes
  }

  /// Returns which of the two organizations had the ports in the base, and whether each port belonged to either.
  private static func holders(
    of ports: PortRange, _ pair: Pair, _ base: Compilation?
  ) -> (holders: Set<String?>, isSettled: Bool) {
    let first = base?.unit(named: pair.first)?.portSlice
    let second = base?.unit(named: pair.second)?.portSlice
    var holders: Set<String?> = []
    var isSettled = true
    // Holders change only at these ports.
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
  /// The organization's port range; nil if it has none or is pending.
  package var portSlice: PortRange? { isPending ? nil : organization?.spec.portRange }
}
