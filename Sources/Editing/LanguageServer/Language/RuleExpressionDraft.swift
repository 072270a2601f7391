import ConfigModel

/// The expression of an operator's rule up to the cursor.
struct RuleExpressionDraft: Equatable {
  /// The expression, without the quotes of YAML.
  let text: String
  /// Kind of the documents that the rule reads; nil if the rule does not name one yet.
  let kind: Kind?
  /// Whether the expression is a YAML scalar in single quotes, in which a single quote is written twice.
  let isSingleQuoted: Bool

  private static let path = ["spec", "rules", "expression"]

  /// - Returns: Nil if the cursor is not in the expression of a rule.
  init?(_ text: EditorText, at offset: Int, fallback: Kind?) {
    let offset = min(max(offset, 0), text.bytes.count)
    if let context = CursorContext(text, at: offset, fallback: fallback) {
      guard context.kind == .platform, context.path == Self.path, context.role == .value else { return nil }
      let start = min(context.token.lowerBound, offset)
      var written = text.bytes[start..<offset]
      isSingleQuoted = written.first == UInt8(ascii: "'")
      if isSingleQuoted {
        written = written.dropFirst()
      } else if written.first == UInt8(ascii: "\"") {
        written = written.dropFirst()
      }
      self.text = Self.unescaped(written, isSingleQuoted: isSingleQuoted)
      kind =
        context.isFlow
        ? Self.kind(inBracesAround: start, of: text)
        : Self.kind(CursorContext.siblingValues(ofFieldAt: text.line(at: start), in: text)["kind"])
    } else {
      guard let scalar = CursorContext.blockScalar(text, at: offset, fallback: fallback), scalar.kind == .platform,
        scalar.path == Self.path, scalar.start < offset,
        let first = text.bytes[scalar.start..<offset].firstIndex(of: UInt8(ascii: "\n"))
      else { return nil }
      isSingleQuoted = false
      self.text = String(decoding: text.bytes[first..<offset], as: UTF8.self)
      kind = Self.kind(CursorContext.siblingValues(ofFieldAt: text.line(at: scalar.start), in: text)["kind"])
    }
  }

  private static func unescaped(_ bytes: ArraySlice<UInt8>, isSingleQuoted: Bool) -> String {
    var result: [UInt8] = []
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let next = bytes.dropFirst(index + 1 - bytes.startIndex).first
      let isDoubled = isSingleQuoted && bytes[index] == UInt8(ascii: "'") && next == UInt8(ascii: "'")
      let isEscaped = bytes[index] == UInt8(ascii: "\\") && (next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\"))
      if isDoubled || isEscaped && !isSingleQuoted { index += 1 }
      result.append(bytes[index])
      index += 1
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func kind(_ value: String?) -> Kind? {
    value.flatMap { Kind(rawValue: $0.filter { $0 != "\"" && $0 != "'" }) }
  }

  /// Returns the kind in a flow mapping around an offset.
  private static func kind(inBracesAround offset: Int, of text: EditorText) -> Kind? {
    guard let open = text.bytes[..<offset].lastIndex(of: UInt8(ascii: "{")) else { return nil }
    let end = text.bytes[offset...].firstIndex(of: UInt8(ascii: "}")) ?? text.bytes.count
    let fields = text.bytes[(open + 1)..<end].split(separator: UInt8(ascii: ","))
    for field in fields {
      let words = String(decoding: field, as: UTF8.self).split(separator: " ")
      if words.first == "kind:", words.count == 2 { return kind(String(words[1])) }
    }
    return nil
  }
}
