extension JSON {
  /// This value as a YAML document in block style, two spaces a level, lists at their field's column. A text is quoted
  /// wherever a reader of YAML 1.1 or 1.2 could take it for anything else, so that both read the same.
  package func yaml() -> String {
    var writer = YAMLWriter()
    switch self {
    case .object(let members) where !members.isEmpty: writer.write(members, indent: 0)
    case .array(let elements) where !elements.isEmpty: writer.write(elements, indent: 0)
    default:
      writer.text += writer.inline(self)
      writer.text += "\n"
    }
    return writer.text
  }
}

private struct YAMLWriter {
  var text = ""

  mutating func write(_ members: JSON.Members, indent: Int, isFirstInline: Bool = false) {
    for (index, member) in members.pairs.enumerated() {
      if index > 0 || !isFirstInline { text += spaces(indent) }
      text += scalar(member.name)
      text += ":"
      writeValue(member.value, indent: indent, ofMember: true)
    }
  }

  mutating func write(_ elements: [JSON], indent: Int) {
    for element in elements {
      text += spaces(indent)
      text += "-"
      switch element {
      case .object(let members) where !members.isEmpty:
        text += " "
        write(members, indent: indent + 2, isFirstInline: true)
      default: writeValue(element, indent: indent, ofMember: false)
      }
    }
  }

  private mutating func writeValue(_ value: JSON, indent: Int, ofMember: Bool) {
    switch value {
    case .object(let members) where !members.isEmpty:
      text += "\n"
      write(members, indent: indent + 2)
    case .array(let elements) where !elements.isEmpty:
      text += "\n"
      write(elements, indent: ofMember ? indent : indent + 2)
    case .string(let string) where Self.isBlockSafe(string):
      text += string.hasSuffix("\n") ? " |\n" : " |-\n"
      for line in string.split(separator: "\n", omittingEmptySubsequences: false).dropLast(
        string.hasSuffix("\n") ? 1 : 0)
      {
        if !line.isEmpty { text += spaces(indent + 2) + line }
        text += "\n"
      }
    default: text += " " + inline(value) + "\n"
    }
  }

  func inline(_ value: JSON) -> String {
    switch value {
    case .string(let string): scalar(string)
    case .object: "{}"
    case .array: "[]"
    case .null, .bool, .integer, .number: value.text(.compact)
    }
  }

  private func scalar(_ string: String) -> String { Self.isPlainSafe(string) ? string : quoted(string) }

  private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

  private func quoted(_ string: String) -> String {
    var result = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default:
        if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028
          || scalar.value == 0x2029 || scalar.value == 0xFEFF
        {
          let digits = String(scalar.value, radix: 16, uppercase: true)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }

  /// Words that some YAML reader takes for a boolean or null.
  private static let words: Set<String> = [
    "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "nan", "inf",
  ]

  /// Whether a text means itself without quotes: letters, digits and a few signs inside, beginning with a letter, and
  /// no word of its own meaning.
  static func isPlainSafe(_ string: String) -> Bool {
    let utf8 = string.utf8
    guard let first = utf8.first, isLetter(first) || first == UInt8(ascii: "/"), utf8.count <= 256 else { return false }
    let isSafe = utf8.allSatisfy { byte in
      isLetter(byte) || (byte >= 0x30 && byte <= 0x39) || "-_./+@=".utf8.contains(byte)
    }
    return isSafe && !words.contains(string.lowercased())
  }

  /// Whether a text over several lines can stand as a literal block: printable, no line that begins with white space
  /// (which would need an indentation indicator), and at most one final line break.
  static func isBlockSafe(_ string: String) -> Bool {
    guard string.utf8.dropLast().contains(UInt8(ascii: "\n")), !string.hasSuffix("\n\n"), !string.hasPrefix("\n") else {
      return false
    }
    return string.unicodeScalars.allSatisfy { ($0.value >= 0x20 && $0.value < 0x7F) || $0 == "\n" }
      && string.split(separator: "\n").allSatisfy { !$0.hasPrefix(" ") && !$0.hasSuffix(" ") }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A)
  }
}
