package import ConfigModel

/// The syntactic context of a position in a document, determined from lines, indentation and brackets, because text
/// that is being typed is rarely valid YAML.
package struct CursorContext: Sendable, Equatable {
  /// Roles of the word at the cursor.
  package enum Role: Sendable, Equatable {
    /// The name of a field.
    case name
    /// The value after `name:`.
    case value
    /// An element of a list, which may be a value or the first field of a mapping.
    case element
  }

  /// The kind that the document declares, or a fallback.
  package let kind: Kind?
  /// Names of the enclosing fields from the document's root; list elements have none.
  package let path: [String]
  /// The role of the word at the cursor.
  package let role: Role
  /// The byte range of the word at the cursor, with its quotes; empty if there is none yet.
  package let token: Range<Int>
  /// The word without quotes.
  package let word: String
  /// Whether the position is inside a flow collection.
  package let isFlow: Bool
  /// Fields that the same mapping already has; inside `[`, the preceding elements.
  package let siblings: Set<String>
  /// Whether the space after the colon is missing.
  package let needsSpace: Bool
  /// The lines of the document, of which a file may have several.
  package let section: Range<Int>

  /// Determines the context of a position.
  ///
  /// - Parameters:
  ///   - offset: the cursor's position in bytes.
  ///   - fallback: the kind if the document does not declare one.
  /// - Returns: Nil inside comments and block scalars.
  package init?(_ text: EditorText, at offset: Int, fallback: Kind?) {
    let offset = min(max(offset, 0), text.bytes.count)
    let line = text.line(at: offset)
    let section = Self.section(around: line, in: text)
    var scan = IndentationScan(text.bytes)
    for earlier in section where earlier < line { scan.read(text.line(earlier)) }
    let whole = text.line(line)
    guard offset <= whole.upperBound || whole.isEmpty else { return nil }
    guard let found = scan.finish(whole.lowerBound..<max(whole.lowerBound, min(offset, whole.upperBound))) else {
      return nil
    }
    let token = Self.token(from: found.start, in: text.bytes, cursor: offset, end: whole.upperBound, found)
    let next = text.bytes[token.upperBound..<max(token.upperBound, whole.upperBound)].first
    kind = Self.kind(in: section, of: text) ?? fallback
    path = found.path
    // A word before a colon is a name, regardless of its position.
    role = found.role == .element && next == UInt8(ascii: ":") ? .name : found.role
    self.token = token
    word = Self.unquoted(text.bytes[token])
    isFlow = found.isFlow
    needsSpace = found.needsSpace
    self.section = section
    siblings =
      found.isFlow
      ? found.flowNames : Self.siblings(of: line, column: found.start - whole.lowerBound, section, text)
  }

  /// Returns the value after `name:` on the first line of the document that has it; nil if there is none.
  package func text(of name: String, in text: EditorText) -> String? {
    for line in section {
      let words = String(decoding: text.bytes[text.line(line)], as: UTF8.self)
        .split(separator: " ", omittingEmptySubsequences: true)
      guard let index = words.firstIndex(where: { $0 == name + ":" }), index + 1 < words.count else { continue }
      return String(words[index + 1])
    }
    return nil
  }

  // MARK: - The document

  /// Returns the kind that the document at a position declares, and the block scalar there: its fields, and the offset of the
  /// sign that begins it. Nil outside block scalars.
  static func blockScalar(
    _ text: EditorText, at offset: Int, fallback: Kind?
  ) -> (kind: Kind?, path: [String], start: Int)? {
    let line = text.line(at: offset)
    let section = section(around: line, in: text)
    var scan = IndentationScan(text.bytes)
    for earlier in section where earlier < line { scan.read(text.line(earlier)) }
    let whole = text.line(line)
    _ = scan.finish(whole.lowerBound..<max(whole.lowerBound, min(offset, whole.upperBound)))
    return scan.openScalar.map { (kind(in: section, of: text) ?? fallback, $0.path, $0.start) }
  }

  /// Returns the values of the fields in the mapping of a field that a line begins, on their first lines.
  static func siblingValues(ofFieldAt line: Int, in text: EditorText) -> [String: String] {
    let bytes = text.bytes[text.line(line)]
    var column = bytes.prefix { $0 == UInt8(ascii: " ") }.count
    while bytes.dropFirst(column).starts(with: "- ".utf8) {
      column += 1 + bytes.dropFirst(column + 1).prefix { $0 == UInt8(ascii: " ") }.count
    }
    return entries(around: line, column: column, section(around: line, in: text), text)
  }

  /// Returns the lines of the document that contains a line.
  private static func section(around line: Int, in text: EditorText) -> Range<Int> {
    func isMarker(_ line: Int) -> Bool { text.bytes[text.line(line)].starts(with: "---".utf8) }
    var start = line
    while start > 0, !isMarker(start) { start -= 1 }
    var end = line + 1
    while end < text.lineCount, !isMarker(end) { end += 1 }
    return (isMarker(start) && start < line ? start + 1 : start)..<end
  }

  private static func kind(in section: Range<Int>, of text: EditorText) -> Kind? {
    for line in section {
      let bytes = text.bytes[text.line(line)]
      guard bytes.starts(with: "kind:".utf8) else { continue }
      let value = String(decoding: bytes.dropFirst(5), as: UTF8.self).split(separator: "#").first ?? ""
      let word = value.split(whereSeparator: { $0 == " " || $0 == "\"" || $0 == "'" || $0 == "\t" }).first
      if let kind = word.flatMap({ Kind(rawValue: String($0)) }) { return kind }
    }
    return nil
  }

  /// Returns the fields at the same column above and below within the same mapping.
  private static func siblings(
    of line: Int, column: Int, _ section: Range<Int>, _ text: EditorText
  ) -> Set<String> {
    Set(entries(around: line, column: column, section, text).keys)
  }

  /// Returns the fields at the same column above and below within the same mapping, with what their lines have after the colon.
  private static func entries(
    around line: Int, column: Int, _ section: Range<Int>, _ text: EditorText
  ) -> [String: String] {
    var entries: [String: String] = [:]
    /// - Returns: Whether the mapping continues.
    func visit(_ line: Int) -> Bool {
      let bytes = text.bytes[text.line(line)]
      guard let first = bytes.first(where: { $0 != UInt8(ascii: " ") }), first != UInt8(ascii: "#") else { return true }
      var indent = bytes.prefix { $0 == UInt8(ascii: " ") }.count
      var begins = false
      while bytes.dropFirst(indent).starts(with: "- ".utf8) {
        begins = true
        indent += 1 + bytes.dropFirst(indent + 1).prefix { $0 == UInt8(ascii: " ") }.count
      }
      guard indent >= column else { return false }
      if indent == column, let colon = bytes.dropFirst(indent).firstIndex(of: UInt8(ascii: ":")) {
        let name = unquoted(bytes.dropFirst(indent).prefix(upTo: colon))
        let value = String(decoding: bytes[(colon + 1)...], as: UTF8.self).prefix { $0 != "#" }
        entries[name] = value.split(separator: " ").joined(separator: " ")
      }
      return !(begins && indent == column)
    }
    func begins(_ line: Int) -> Bool {
      let bytes = text.bytes[text.line(line)].drop { $0 == UInt8(ascii: " ") }
      return bytes.first == UInt8(ascii: "-")
    }
    var above = line - 1
    if !begins(line) { while above >= section.lowerBound, visit(above) { above -= 1 } }
    var below = line + 1
    while below < section.upperBound, !begins(below), visit(below) { below += 1 }
    return entries
  }

  // MARK: - The word

  private static func token(
    from start: Int, in bytes: [UInt8], cursor: Int, end: Int, _ found: IndentationScan.Found
  ) -> Range<Int> {
    var stop = cursor
    if found.role == .value, !found.isFlow {
      // A plain value extends to the end of the line or to a comment.
      while stop < end, !(bytes[stop] == UInt8(ascii: "#") && stop > start && bytes[stop - 1] == UInt8(ascii: " ")) {
        stop += 1
      }
    } else {
      while stop < end {
        let byte = bytes[stop]
        if byte == UInt8(ascii: ":"), stop + 1 == end || bytes[stop + 1] == UInt8(ascii: " ") { break }
        if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "#") { break }
        if found.isFlow, ",[]{}".utf8.contains(byte) { break }
        stop += 1
      }
    }
    while stop > max(start, cursor), bytes[stop - 1] == UInt8(ascii: " ") || bytes[stop - 1] == UInt8(ascii: "\t") {
      stop -= 1
    }
    return min(start, stop)..<stop
  }

  private static func unquoted(_ bytes: ArraySlice<UInt8>) -> String {
    var bytes = bytes
    if let quote = bytes.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
      bytes = bytes.dropFirst()
      if bytes.last == quote { bytes = bytes.dropLast() }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
