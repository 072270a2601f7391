import TextFormats
import YAMLSyntax

/// Single-line notation of scalars and empty collections.
enum ScalarText {
  /// Returns the notation of `value`. Strings keep the quotes of `style` if the new text permits it.
  ///
  /// - Parameter isInFlow: whether the value is inside a flow collection, where commas and brackets have a meaning.
  static func text(_ value: JSON, like style: YAMLScalar.Style = .plain, isInFlow: Bool) -> String {
    switch value {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .array: "[]"
    case .object: "{}"
    case .string(let text):
      switch style {
      case .doubleQuoted: YAMLText.quoted(text)
      case .singleQuoted: YAMLText.singleQuoted(text) ?? YAMLText.quoted(text)
      default: isPlain(text, isInFlow: isInFlow) ? text : YAMLText.quoted(text)
      }
    }
  }

  /// Whether a multi-line text is better written as a literal block.
  static func isBlock(_ value: JSON) -> Bool { value.text.map(YAMLText.isLiteral) ?? false }

  static func name(_ name: String, isInFlow: Bool) -> String {
    isPlain(name, isInFlow: isInFlow) ? name : YAMLText.quoted(name)
  }

  /// Whether a string needs no quotes. Dates, addresses and port ranges are not quoted, because none of them is a
  /// number in YAML 1.2.
  private static func isPlain(_ text: String, isInFlow: Bool) -> Bool {
    if isInFlow, text.utf8.contains(where: { ",[]{}:".utf8.contains($0) }) { return false }
    if YAMLText.isPlain(text) { return true }
    guard let first = text.utf8.first, let last = text.utf8.last, first != UInt8(ascii: "-"), isDigit(first),
      last != UInt8(ascii: ":"), text.utf8.contains(where: { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") })
    else { return false }
    return text.utf8.allSatisfy { isDigit($0) || ".:-TZ/".utf8.contains($0) }
      && YAMLScalar(text: text, style: .plain).resolved == .string(text)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
