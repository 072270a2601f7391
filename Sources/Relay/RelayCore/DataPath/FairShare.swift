import CRelayCore

/// Max-min fairness: no participant gets more than it asks for, and those that want more share the rest equally.
package enum FairShare {
  /// Divides a capacity.
  ///
  /// - Parameters:
  ///   - capacity: The amount to divide.
  ///   - demands: Amount that each participant asks for, 0 or more.
  /// - Returns: Share of each participant, in the order of `demands`. Complexity: O(n log n).
  package static func shares(of capacity: Int64, for demands: [Int64]) -> [Int64] {
    var shares = [Int64](repeating: 0, count: demands.count)
    var left = max(0, capacity)
    var waiting = Int64(demands.count)
    for index in demands.indices.sorted(by: { demands[$0] < demands[$1] }) {
      let share = min(demands[index], left / waiting)
      shares[index] = share
      left -= share
      waiting -= 1
    }
    return shares
  }
}
