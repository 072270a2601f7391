/// Who may speak with whom in a group: for each class of keys, the sides of rules that it is on.
///
/// Keys that all rules treat in the same way are one class. Two classes may speak with each other if one is on the first
/// side of a rule, and the other on its second. A look-up at a handshake reads two rows of `rules / 32` words; data
/// packets need none, because what may not speak has no session.
package struct AccessMatrix: Sendable, Equatable {
  private static let firstSides: UInt64 = 0x5555_5555_5555_5555

  /// Number of classes.
  package let classes: Int
  private let wordsPerRow: Int
  private let words: [UInt64]

  /// Creates a matrix.
  ///
  /// - Parameters:
  ///   - rules: Number of rules, at least 0.
  ///   - rows: For each class, 2 bits for each rule, from the lowest bit of the first byte: on its first side, on its second.
  /// - Returns: Nil if a row has another length.
  package init?(rules: Int, rows: [[UInt8]]) {
    guard rules >= 0, rules <= 1 << 20, rows.allSatisfy({ $0.count == (rules + 3) / 4 }) else { return nil }
    classes = rows.count
    let wordsPerRow = (rules + 31) / 32
    self.wordsPerRow = wordsPerRow
    var words = [UInt64](repeating: 0, count: rows.count * wordsPerRow)
    for (row, bytes) in rows.enumerated() {
      for (index, byte) in bytes.enumerated() {
        words[row * wordsPerRow + index / 8] |= UInt64(byte) << UInt64(index % 8 * 8)
      }
    }
    self.words = words
  }

  /// Returns whether keys of two classes may speak with each other.
  package func permits(_ one: Int, _ other: Int) -> Bool {
    guard (0..<classes).contains(one), (0..<classes).contains(other) else { return false }
    for index in 0..<wordsPerRow {
      let (first, second) = (words[one * wordsPerRow + index], words[other * wordsPerRow + index])
      if (first & second >> 1 | first >> 1 & second) & Self.firstSides != 0 { return true }
    }
    return false
  }
}
