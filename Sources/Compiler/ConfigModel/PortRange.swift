/// An inclusive range of UDP ports, written `LOW-HIGH`.
package struct PortRange: Sendable, Hashable {
  package let low: Int
  package let high: Int

  /// - Returns: nil unless `1 ≤ low ≤ high ≤ 65535`.
  package init?(low: Int, high: Int) {
    guard low >= 1, low <= high, high <= 65_535 else { return nil }
    self.low = low
    self.high = high
  }

  /// Parses `LOW-HIGH`.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let low = Int(parts[0]), let high = Int(parts[1]) else { return nil }
    self.init(low: low, high: high)
  }

  package var count: Int { high - low + 1 }

  package func contains(_ port: Int) -> Bool { port >= low && port <= high }
  package func contains(_ other: PortRange) -> Bool { other.low >= low && other.high <= high }
  package func overlaps(_ other: PortRange) -> Bool { low <= other.high && other.low <= high }
}

extension PortRange: CustomStringConvertible {
  package var description: String { "\(low)-\(high)" }
}
