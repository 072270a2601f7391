import ConfigSchema

/// A generator of unique names that wpex accepts: RFC 1123 labels of at most 40 characters.
package struct DocumentNames {
  private var taken: Set<String> = []

  /// Returns the free name nearest to a text.
  ///
  /// - Parameter fallback: used if no character of `text` is valid in a name.
  mutating func name(for text: String?, fallback: String) -> String {
    let wanted = text.flatMap(Self.label) ?? fallback
    var name = wanted
    var number = 2
    while !taken.insert(name).inserted {
      let suffix = "-\(number)"
      name = Self.cut(wanted, to: 40 - suffix.utf8.count) + suffix
      number += 1
    }
    return name
  }

  /// Returns `text` as a label; nil if nothing remains, or if it may be a secret.
  package static func label(_ text: String) -> String? {
    var label = ""
    for character in text.lowercased() {
      let plain = letters[character] ?? String(character)
      let isPlain = !plain.isEmpty && plain.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) }
      if isPlain {
        label += plain
      } else if !label.isEmpty, !label.hasSuffix("-") {
        label += "-"
      }
    }
    label = cut(label, to: 40)
    return label.isEmpty || KeyText.mayBeSecret(text) ? nil : label
  }

  private static func cut(_ label: String, to length: Int) -> String {
    var cut = label.prefix(length)
    while cut.hasSuffix("-") { cut.removeLast() }
    return String(cut)
  }

  /// ASCII equivalents of Western European letters.
  private static let letters: [Character: String] = {
    let groups = [
      ("a", "àáâãäå"), ("ae", "æ"), ("c", "ç"), ("e", "èéêë"), ("i", "ìíîï"), ("n", "ñ"), ("o", "òóôõöø"), ("oe", "œ"),
      ("u", "ùúûü"), ("y", "ýÿ"), ("ss", "ß"),
    ]
    var letters: [Character: String] = [:]
    for (plain, accented) in groups { for letter in accented { letters[letter] = plain } }
    return letters
  }()
}
