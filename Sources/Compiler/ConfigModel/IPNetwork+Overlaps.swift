extension IPNetwork {
  /// Returns, for each network that overlaps an earlier one in the order of addresses, the smallest one around it.
  ///
  /// Two networks overlap only if one contains the other. Of equal networks, the first contains the others. At most one
  /// pair is returned for each network, and at least one pair names each network that overlaps any other.
  ///
  /// - Returns: pairs of positions in `networks`.
  /// - Complexity: O(n log n) in the number of networks.
  package static func overlaps(among networks: [IPNetwork]) -> [(inner: Int, outer: Int)] {
    let ranges = networks.enumerated().map { AddressInterval($1, position: $0) }.sorted()
    var pairs: [(inner: Int, outer: Int)] = []
    // The networks around the current address, the smallest one last.
    var around: [AddressInterval] = []
    for range in ranges {
      while let last = around.last, !last.contains(range) { around.removeLast() }
      if let outer = around.last { pairs.append((range.position, outer.position)) }
      around.append(range)
    }
    return pairs
  }
}

/// The addresses of a network as an interval of integers.
private struct AddressInterval: Comparable {
  let position: Int
  private let isIPv4: Bool
  private let first: UInt128
  private let last: UInt128

  init(_ network: IPNetwork, position: Int) {
    self.position = position
    isIPv4 = network.address.isIPv4
    first = network.address.bytes.reduce(0) { $0 << 8 | UInt128($1) }
    let hostBits = network.address.bytes.count * 8 - network.prefixLength
    // A smart shift by 128 gives 0.
    last = first | ((UInt128(1) << UInt128(hostBits)) &- 1)
  }

  func contains(_ other: AddressInterval) -> Bool {
    isIPv4 == other.isIPv4 && first <= other.first && other.last <= last
  }

  /// Orders by family and first address, larger networks first.
  static func < (left: AddressInterval, right: AddressInterval) -> Bool {
    if left.isIPv4 != right.isIPv4 { return left.isIPv4 }
    if left.first != right.first { return left.first < right.first }
    if left.last != right.last { return left.last > right.last }
    return left.position < right.position
  }
}
