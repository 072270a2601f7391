/// Forms of a string in YAML that every reader parses back to the same string.
///
/// Readers differ: YAML 1.1 takes `no`, `1:20`, `0x1F` and `2001-12-14` for a boolean, a number of minutes, a number
/// and a date; YAML 1.2 takes only some of them; and libraries have additions of their own. A string is therefore
/// written bare only if it is far from everything that any of them resolves. If in doubt, it is quoted.
package enum YAMLText {
  /// Returns whether `text` can be a key, a value or an element in block style without quotes.
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

  /// Returns whether `text` can be a literal block (`|`, `|-`): it has several lines, each visible as it is.
  ///
  /// The first line sets the block's indentation, so it must start with a visible character. A tab, or white space at
  /// the end of a line, would survive the reader but not every editor. More than one final line break would need `|+`.
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

  /// Returns `text` in double quotes, with escapes that every YAML reader supports.
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

  /// Returns `text` in single quotes, which support no escapes; nil if it contains a character that would need one.
  package static func singleQuoted(_ text: String) -> String? {
    guard text.unicodeScalars.allSatisfy(isPrintable) else { return nil }
    return "'" + text.replacingScalars { $0 == "'" ? "''" : nil } + "'"
  }

  /// Returns whether readers and people both see `scalar` as it is.
  ///
  /// False for control characters, the characters that YAML treats as line breaks or forbids, all white space except
  /// the space, and everything that is invisible or changes the direction of text (zero-width and bidirectional
  /// controls, tags). Joiners are escaped even between letters that join, because not every reader and editor keeps
  /// them.
  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    !(scalar.isHidden || scalar.isUnusualBlank || scalar.isVariationSelector || scalar.isNoncharacter
      || (0xFFF0...0xFFFF).contains(scalar.value))
  }

  /// Returns whether the beginning cannot be taken for an indicator.
  ///
  /// It may be a letter, a digit, a path, a number's sign or point, or a command-line option.
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

  /// Returns whether `scalar` occurs in an integer of any base, a float, a sexagesimal number, a date or a time.
  private static func isOfNumbersOrDates(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "0"..."9", "a"..."f", "A"..."F", "x", "X", "o", "O", "_", ".", ",", ":", "+", "-", "t", "T", "z", "Z", " ":
      true
    default: false
    }
  }

  /// Words that some reader takes for a boolean, a null or a float, in lower case and without sign and point.
  private static let reservedWords: Set<String> = [
    "y", "n", "yes", "no", "on", "off", "true", "false", "null", "inf", "infinity", "nan", "none", "nil", "undefined",
  ]

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }
}
