/// How a string can be written in YAML so that every reader gives the same string back.
///
/// Readers differ: YAML 1.1 takes `no`, `1:20`, `0x1F` and `2001-12-14` for a boolean, a number of minutes, a number and a
/// date, YAML 1.2 takes some of them and not others, and libraries add their own. So a string stands bare only where it
/// is far from everything any of them resolves; where in doubt it is quoted.
package enum YAMLText {
  /// Whether `text` can stand without quotes as a key, a value or an element in block style.
  package static func isPlain(_ text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    guard let first = scalars.first, let last = scalars.last, scalars.allSatisfy(isPrintable) else { return false }
    guard startsPlain(scalars), last != " ", last != ":" else { return false }
    for (scalar, next) in zip(scalars, scalars.dropFirst()) {
      if scalar == ":" && next == " " { return false }
      if scalar == " " && next == "#" { return false }
    }
    if isLikeNumber(first) && scalars.allSatisfy(isOfNumbersOrDates) { return false }
    let word = text.unicodeScalars.drop { "+-.".unicodeScalars.contains($0) }
    return !reservedWords.contains(String(word).lowercased())
  }

  /// Whether `text` can be written as a literal block (`|`, `|-`): several lines, each of them visible as it is.
  ///
  /// The first line gives the block its indentation, so it has to start with a visible character. A line that ends in
  /// white space and a tab would survive the reader but not every editor; more than one final line break would need `|+`.
  package static func isLiteral(_ text: String) -> Bool {
    var previous: Unicode.Scalar = "\n"
    var isFirst = true
    var breaks = 0
    for scalar in text.unicodeScalars {
      if scalar == "\n" {
        if isFirst || previous == " " { return false }
        breaks += 1
      } else {
        if !isPrintable(scalar) || (isFirst && scalar == " ") { return false }
      }
      isFirst = false
      previous = scalar
    }
    return breaks > 0 && previous != " " && !text.utf8.suffix(2).elementsEqual("\n\n".utf8)
  }

  /// `text` in double quotes, with escapes every YAML reader knows.
  package static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default:
        if isPrintable(scalar) {
          result.unicodeScalars.append(scalar)
        } else if scalar.value <= 0xFFFF {
          result += "\\u" + hexadecimal(scalar.value, digits: 4)
        } else {
          result += "\\U" + hexadecimal(scalar.value, digits: 8)
        }
      }
    }
    return result + "\""
  }

  /// `text` in single quotes, which know no escapes; nil where it holds what cannot stand there as it is.
  package static func singleQuoted(_ text: String) -> String? {
    guard text.unicodeScalars.allSatisfy(isPrintable) else { return nil }
    return "'" + text.replacingScalars { $0 == "'" ? "''" : nil } + "'"
  }

  /// Whether a reader and a person both see `scalar` as it is.
  ///
  /// Escaped are the control characters, the characters YAML counts among line breaks or forbids, all white space but
  /// the space, and whatever is invisible or turns the direction of text (zero-width and bidirectional controls, tags).
  /// Joiners are escaped even between letters that join: not every reader and editor keeps them.
  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    !(scalar.isHidden || scalar.isUnusualBlank || scalar.isVariationSelector || scalar.isNoncharacter
      || (0xFFF0...0xFFFF).contains(scalar.value))
  }

  /// Whether the beginning cannot be taken for an indicator: a letter, a digit, a path, a number's sign or point, or a
  /// command line option.
  private static func startsPlain(_ scalars: [Unicode.Scalar]) -> Bool {
    guard let first = scalars.first else { return false }
    switch first {
    case "a"..."z", "A"..."Z", "0"..."9", "/", "_", ".", "(", "+": return true
    case "-":
      guard let name = scalars.dropFirst().first(where: { $0 != "-" }) else { return false }
      return ("a"..."z").contains(name) || ("A"..."Z").contains(name)
    default: return first.value > 0x7F
    }
  }

  private static func isLikeNumber(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "0"..."9", "+", "-", ".": true
    default: false
    }
  }

  /// Every character of an integer in any base, a float, a sexagesimal number, a date or a time.
  private static func isOfNumbersOrDates(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "0"..."9", "a"..."f", "A"..."F", "x", "X", "o", "O", "_", ".", ",", ":", "+", "-", "t", "T", "z", "Z", " ":
      true
    default: false
    }
  }

  /// What some reader takes for a boolean, a null or a float, in lower case and without sign and point.
  private static let reservedWords: Set<String> = [
    "y", "n", "yes", "no", "on", "off", "true", "false", "null", "inf", "infinity", "nan", "none", "nil", "undefined",
  ]

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }
}
