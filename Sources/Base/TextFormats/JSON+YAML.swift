extension JSON {
  /// Returns this value as one YAML document in block style, with a final line break and without a `---`.
  ///
  /// Members keep their order, the indentation is two spaces, and a list is indented as deep as its key, as kubectl
  /// does it. The same value gives the same bytes everywhere. Readers of YAML 1.1 and 1.2 both parse the text back to
  /// this value; ``YAMLText`` says when a string is quoted. A number that is not finite becomes `null`, as in JSON
  /// text.
  ///
  /// - Precondition: No object has two members with the same name; a reader would keep one of them or refuse the
  ///   document.
  package func yaml() -> String {
    var writer = YAMLWriter()
    writer.writeDocument(self)
    return writer.text
  }
}

private struct YAMLWriter {
  private(set) var text = ""

  /// Maximum length of a key without a `?`, in bytes.
  ///
  /// Readers expect the colon after such a key within 1024 characters (YAML 1.2.2, 7.4.2). This leaves room for readers
  /// that count bytes.
  private static let maxSimpleKeyLength = 256

  mutating func writeDocument(_ value: JSON) {
    switch value {
    case .object(let members) where !members.isEmpty: writeMembers(members, indent: 0)
    case .array(let elements) where !elements.isEmpty: writeElements(elements, indent: 0)
    default:
      writeScalar(value, indent: 0)
    }
  }

  /// Writes members: the first at the end of the text, the others on lines of their own.
  private mutating func writeMembers(_ members: JSON.Members, indent: Int) {
    for (index, pair) in members.pairs.enumerated() {
      if index > 0 { space(indent) }
      let key = YAMLText.isPlain(pair.name) ? pair.name : YAMLText.quoted(pair.name)
      if key.utf8.count > Self.maxSimpleKeyLength {
        text += "? \(key)\n"
        space(indent)
        text += ": "
        writeEntry(pair.value, indent: indent + 2)
      } else {
        text += "\(key):"
        writeValue(pair.value, indent: indent)
      }
    }
  }

  private mutating func writeElements(_ elements: [JSON], indent: Int) {
    for (index, element) in elements.enumerated() {
      if index > 0 { space(indent) }
      text += "- "
      writeEntry(element, indent: indent + 2)
    }
  }

  /// Writes the text after `key:`; `indent` is the key's indentation.
  private mutating func writeValue(_ value: JSON, indent: Int) {
    switch value {
    case .object(let members) where !members.isEmpty:
      text += "\n"
      space(indent + 2)
      writeMembers(members, indent: indent + 2)
    case .array(let elements) where !elements.isEmpty:
      text += "\n"
      space(indent)
      writeElements(elements, indent: indent)
    default:
      text += " "
      writeScalar(value, indent: indent + 2)
    }
  }

  /// Writes the text after `- ` or `: ` on the same line; `indent` is the column at which it begins.
  private mutating func writeEntry(_ value: JSON, indent: Int) {
    switch value {
    case .object(let members) where !members.isEmpty: writeMembers(members, indent: indent)
    case .array(let elements) where !elements.isEmpty: writeElements(elements, indent: indent)
    default: writeScalar(value, indent: indent)
    }
  }

  /// Writes a value without parts and ends its line; `indent` is the indentation of a literal block's lines.
  private mutating func writeScalar(_ value: JSON, indent: Int) {
    switch value {
    case .null: text += "null\n"
    case .bool(let value): text += value ? "true\n" : "false\n"
    case .integer(let value): text += "\(value)\n"
    case .number(let value): text += Self.text(of: value) + "\n"
    case .string(let string):
      if YAMLText.isLiteral(string) {
        writeLiteral(string, indent: max(indent, 2))
      } else {
        text += (YAMLText.isPlain(string) ? string : YAMLText.quoted(string)) + "\n"
      }
    case .array: text += "[]\n"
    case .object: text += "{}\n"
    }
  }

  private mutating func writeLiteral(_ string: String, indent: Int) {
    let endsLine = string.utf8.last == UInt8(ascii: "\n")
    text += endsLine ? "|\n" : "|-\n"
    let lines = string.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    for line in endsLine ? lines.dropLast() : lines[...] {
      if !line.isEmpty {
        space(indent)
        text.unicodeScalars.append(contentsOf: line)
      }
      text += "\n"
    }
  }

  /// Returns a number in a form that YAML 1.1 recognizes as a float.
  ///
  /// It needs a point, which Swift omits before an exponent.
  private static func text(of number: Double) -> String {
    guard number.isFinite else { return "null" }
    let text = "\(number)"
    guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
    return text[..<exponent] + ".0" + text[exponent...]
  }

  private mutating func space(_ count: Int) {
    for _ in 0..<count { text += " " }
  }
}
