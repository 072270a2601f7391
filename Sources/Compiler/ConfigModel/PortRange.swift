/// An inclusive range of UDP ports, written `LOW-HIGH`.
package struct PortRange: Sendable, Hashable {
  /// The lowest port.
  package let low: Int
  /// The highest port, included.
  package let high: Int

  /// Makes the range of ports from `low` to `high`; nil unless `1 ≤ low ≤ high ≤ 65535`.
  package init?(low: Int, high: Int) {
    guard low >= 1, low <= high, high <= 65_535 else { return nil }
    self.low = low
    self.high = high
  }

  /// Parses `LOW-HIGH`; nil if the text has another form or the bounds are invalid.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let low = Int(parts[0]), let high = Int(parts[1]) else { return nil }
    self.init(low: low, high: high)
  }

  /// Number of ports, at least 1.
  package var count: Int { high - low + 1 }

  /// Returns whether `port` is in the range.
  package func contains(_ port: Int) -> Bool { port >= low && port <= high }
  /// Returns whether every port of `other` is in the range.
  package func contains(_ other: PortRange) -> Bool { other.low >= low && other.high <= high }
  /// Returns whether the two ranges share a port.
  package func overlaps(_ other: PortRange) -> Bool { low <= other.high && other.low <= high }
}

extension PortRange: CustomStringConvertible {
  package var description: String { "\(low)-\(high)" }
}
