/// Classes of Unicode scalars that a pattern does not tell apart.
struct ScalarClasses: Sendable {
  /// The first scalar of each class, in order; the first is 0.
  private let starts: [UInt32]
  private let ascii: [UInt16]

  init(_ sets: [ScalarSet]) {
    var bounds: Set<UInt32> = [0]
    for range in sets.flatMap(\.ranges) {
      bounds.insert(range.lowerBound)
      if range.upperBound < ScalarSet.last { bounds.insert(range.upperBound + 1) }
    }
    let starts = bounds.sorted()
    self.starts = starts
    ascii = (0..<128).map { scalar in UInt16(clamping: Self.search(UInt32(scalar), in: starts)) }
  }

  /// Number of classes.
  var count: Int { starts.count }

  /// A scalar of each class.
  var representatives: [UInt32] { starts }

  /// Returns the class of a scalar.
  func classOf(_ scalar: UInt32) -> Int {
    scalar < 128 ? Int(ascii[Int(scalar)]) : Self.search(scalar, in: starts)
  }

  private static func search(_ scalar: UInt32, in starts: [UInt32]) -> Int {
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= scalar { low = middle } else { high = middle }
    }
    return low
  }
}
