extension JSON {
  /// Layout of JSON text.
  package enum Layout: Sendable {
    /// No white space; members in their original order.
    case compact
    /// Indentation by two spaces, one member or element per line; members in their original order.
    case indented
    /// No white space; members sorted by their UTF-16 code units, so that each value has exactly one byte sequence.
    ///
    /// This is RFC 8785 for values without fractional numbers, which no canonical text of wpex contains.
    case canonical
  }

  /// Returns this value as JSON text (RFC 8259), without a final line break.
  package func text(_ layout: Layout = .compact) -> String {
    var writer = JSONWriter(layout: layout)
    writer.write(self, depth: 0)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// This value as canonical JSON text in UTF-8.
  package var canonicalBytes: [UInt8] {
    var writer = JSONWriter(layout: .canonical)
    writer.write(self, depth: 0)
    return writer.bytes
  }
}

private struct JSONWriter {
  let layout: JSON.Layout
  var bytes: [UInt8] = []

  init(layout: JSON.Layout) { self.layout = layout }

  mutating func write(_ value: JSON, depth: Int) {
    switch value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .integer(let value): append(String(value))
    case .number(let value): append(value.isFinite ? "\(value)" : "null")
    case .string(let text): write(text)
    case .array(let elements):
      writeSequence(elements, open: "[", close: "]", depth: depth) { writer, element in
        writer.write(element, depth: depth + 1)
      }
    case .object(let members):
      let pairs =
        layout == .canonical
        ? members.pairs.sorted { $0.name.utf16.lexicographicallyPrecedes($1.name.utf16) } : members.pairs
      writeSequence(pairs, open: "{", close: "}", depth: depth) { writer, pair in
        writer.write(pair.name)
        writer.append(writer.layout == .indented ? ": " : ":")
        writer.write(pair.value, depth: depth + 1)
      }
    }
  }

  private mutating func writeSequence<Element>(
    _ elements: [Element], open: String, close: String, depth: Int, each: (inout JSONWriter, Element) -> Void
  ) {
    append(open)
    for (index, element) in elements.enumerated() {
      if index > 0 { append(",") }
      breakLine(depth: depth + 1)
      each(&self, element)
    }
    if !elements.isEmpty { breakLine(depth: depth) }
    append(close)
  }

  private mutating func breakLine(depth: Int) {
    guard layout == .indented else { return }
    append("\n")
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func write(_ text: String) {
    append("\"")
    var text = text
    text.withUTF8 { utf8 in
      // Runs of bytes that need no escape are appended at once.
      var start = 0
      for (index, byte) in utf8.enumerated() {
        if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
          bytes.append(contentsOf: utf8[start..<index])
          escape(byte)
          start = index + 1
        } else if byte >= 0x7F, layout != .canonical, let hidden = Self.hiddenScalar(utf8, at: index) {
          bytes.append(contentsOf: utf8[start..<index])
          for unit in UTF16.encode(hidden) ?? UTF16.encodedReplacementCharacter { escape(unit) }
          start = index + UTF8.width(hidden)
        }
      }
      bytes.append(contentsOf: utf8[start...])
    }
    append("\"")
  }

  /// Returns the scalar that begins at a byte, if it is hidden.
  ///
  /// Layouts other than the canonical one, whose form is fixed, escape hidden scalars, so that every reader sees one
  /// line and no terminal obeys the text.
  private static func hiddenScalar(_ utf8: UnsafeBufferPointer<UInt8>, at index: Int) -> Unicode.Scalar? {
    let lead = utf8[index]
    guard lead == 0x7F || lead >= 0xC2 else { return nil }
    var decoder = UTF8()
    var rest = utf8[index...].prefix(4).makeIterator()
    guard case .scalarValue(let scalar) = decoder.decode(&rest), scalar.isHidden else { return nil }
    return scalar
  }

  private mutating func escape(_ unit: UInt16) {
    append("\\u")
    let digits = Array("0123456789abcdef".utf8)
    for shift in [12, 8, 4, 0] { bytes.append(digits[Int(unit >> UInt16(shift)) & 15]) }
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): append("\\\"")
    case UInt8(ascii: "\\"): append("\\\\")
    case 0x08: append("\\b")
    case 0x09: append("\\t")
    case 0x0A: append("\\n")
    case 0x0C: append("\\f")
    case 0x0D: append("\\r")
    default: escape(UInt16(byte))
    }
  }
}
