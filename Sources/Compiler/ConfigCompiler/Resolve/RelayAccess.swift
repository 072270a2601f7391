package import ConfigModel
import KeyBundles

/// Who may speak with whom on a relay, as its `access` rules say.
///
/// Keys that all rules treat in the same way are one class. So the result is small for any number of keys: it grows
/// with the number of distinct sides, not with the number of pairs.
package struct RelayAccess: Sendable, Equatable {
  /// The class of each key, by its name.
  package let classes: [String: Int]
  /// Number of rules.
  let rules: Int
  /// For each class, 2 bits for each rule, from the lowest bit of the first byte: on its first side, on its second.
  private let rows: [[UInt8]]

  /// Number of classes.
  package var count: Int { rows.count }

  /// Resolves a relay's rules for some keys.
  ///
  /// - Parameters:
  ///   - rules: The rules; nil if everybody may speak with everybody.
  ///   - keys: The relay's keys.
  /// - Returns: Nil if `rules` is nil.
  package init?(_ rules: [AccessRule]?, keys: [Declared<KeySpec>]) {
    guard let rules else { return nil }
    let sides = rules.flatMap { rule in (0..<2).map { rule.between.dropFirst($0).first ?? AccessSide() } }
    let names = sides.map { Set($0.names) }
    var numbers: [[UInt8]: Int] = [:]
    var rows: [[UInt8]] = []
    var classes: [String: Int] = [:]
    for key in keys {
      var row = [UInt8](repeating: 0, count: (rules.count + 3) / 4)
      for index in sides.indices
      where sides[index].isEverybody || names[index].contains(key.name) || sides[index].matches(key.labels) {
        row[index / 8] |= 1 << UInt8(index % 8)
      }
      let number = numbers[row] ?? rows.count
      if number == rows.count {
        numbers[row] = number
        rows.append(row)
      }
      classes[key.name] = number
    }
    self.classes = classes
    self.rules = rules.count
    self.rows = rows
  }

  /// Returns whether two keys may speak with each other. A key never speaks with itself.
  package func permits(_ one: String, _ other: String) -> Bool {
    guard let first = classes[one], let second = classes[other], one != other else { return false }
    return permits(first, second)
  }

  /// Returns whether keys of two classes may speak with each other.
  package func permits(_ one: Int, _ other: Int) -> Bool {
    guard rows.indices.contains(one), rows.indices.contains(other) else { return false }
    return zip(rows[one], rows[other]).contains { ($0 & $1 >> 1 | $0 >> 1 & $1) & 0x55 != 0 }
  }

  /// Returns whether a key is on the first and on the second side of a rule, which counts from 0.
  func sides(of key: String, rule: Int) -> (first: Bool, second: Bool) {
    guard let row = classes[key].map({ rows[$0] }), row.indices.contains(rule / 4) else { return (false, false) }
    let bits = row[rule / 4] >> UInt8(rule % 4 * 2)
    return (bits & 1 == 1, bits & 2 == 2)
  }

  /// Returns whether a key is on a side of any rule.
  func isOnASide(_ key: String) -> Bool { classes[key].map { rows[$0].contains { $0 != 0 } } ?? false }

  /// The rules as they travel to the relay.
  var bundled: KeyBundle.Access { KeyBundle.Access(rules: rules, classes: rows) }
}
