/// A scanner for block and flow YAML that keeps track of the open fields up to a position.
struct IndentationScan {
  struct Found {
    let path: [String]
    let role: CursorContext.Role
    /// The start of the word at the end of the scanned text.
    let start: Int
    let isFlow: Bool
    let flowNames: Set<String>
    let needsSpace: Bool
  }

  private struct Frame {
    let indent: Int
    /// The field's name; nil for a list element.
    let name: String?
  }

  /// An open `[` or `{`.
  private struct Bracket {
    let isMapping: Bool
    var name: String?
    /// Preceding fields or elements.
    var names: Set<String> = []
  }

  private let bytes: [UInt8]
  private var frames: [Frame] = []
  private var brackets: [Bracket] = []
  /// The start of the current word inside brackets.
  private var wordStart: Int?
  /// The indentation of the field whose block scalar is being scanned; nil outside block scalars.
  private var scalarIndent: Int?
  /// The offset of the sign that begins that block scalar.
  private var scalarStart = 0

  /// The block scalar at the end of the scanned text: the fields that it belongs to, and the offset of the sign that begins
  /// it. Nil outside block scalars.
  var openScalar: (path: [String], start: Int)? {
    scalarIndent == nil ? nil : (frames.compactMap(\.name), scalarStart)
  }

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Scans a whole line.
  mutating func read(_ line: Range<Int>) { _ = scan(line, isLast: false) }

  /// Scans the last line up to the cursor.
  ///
  /// - Returns: Nil inside comments and block scalars.
  mutating func finish(_ line: Range<Int>) -> Found? { scan(line, isLast: true) }

  private mutating func scan(_ line: Range<Int>, isLast: Bool) -> Found? {
    if !brackets.isEmpty { return readFlow(line, isLast: isLast) }
    var index = line.lowerBound
    while index < line.upperBound, bytes[index] == space { index += 1 }
    let indent = index - line.lowerBound
    let isBlank = index == line.upperBound
    if let scalar = scalarIndent {
      if isBlank ? !isLast || indent > scalar : indent > scalar { return nil }
      scalarIndent = nil
    }
    if isBlank {
      guard isLast else { return nil }
      close(downTo: indent, isElement: false)
      return found(.name, from: index)
    }
    if bytes[index] == UInt8(ascii: "#") || bytes[line].starts(with: "---".utf8) { return nil }
    close(downTo: indent, isElement: isDash(index, line))
    while isDash(index, line) {
      frames.append(Frame(indent: index - line.lowerBound, name: nil))
      index += 1
      while index < line.upperBound, bytes[index] == space { index += 1 }
    }
    return readEntry(index..<line.upperBound, column: index - line.lowerBound, isLast: isLast)
  }

  /// Scans `name: value` or a single value.
  private mutating func readEntry(_ rest: Range<Int>, column: Int, isLast: Bool) -> Found? {
    if let first = bytes[rest].first, first == UInt8(ascii: "[") || first == UInt8(ascii: "{") {
      return readFlow(rest, isLast: isLast)
    }
    guard let colon = colon(in: rest) else {
      guard isLast, !hasComment(rest) else { return nil }
      let isElement = frames.last.map { $0.name == nil && $0.indent < column } ?? false
      return found(isElement ? .element : .name, from: rest.lowerBound)
    }
    frames.append(Frame(indent: column, name: unquoted(rest.lowerBound..<colon)))
    var value = colon + 1
    while value < rest.upperBound, bytes[value] == space { value += 1 }
    guard value < rest.upperBound else {
      return isLast ? found(.value, from: value, needsSpace: value == colon + 1) : nil
    }
    switch bytes[value] {
    case UInt8(ascii: "["), UInt8(ascii: "{"): return readFlow(value..<rest.upperBound, isLast: isLast)
    case UInt8(ascii: "|"), UInt8(ascii: ">"):
      scalarIndent = column
      scalarStart = value
      return nil
    case UInt8(ascii: "#"): return nil
    default:
      guard isLast, !hasComment(value..<rest.upperBound) else { return nil }
      return found(.value, from: value)
    }
  }

  private mutating func readFlow(_ range: Range<Int>, isLast: Bool) -> Found? {
    var index = range.lowerBound
    wordStart = nil
    while index < range.upperBound {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        brackets.append(Bracket(isMapping: byte == UInt8(ascii: "{")))
        wordStart = nil
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        _ = brackets.popLast()
        wordStart = nil
        if brackets.isEmpty { return nil }
      case UInt8(ascii: ","):
        if let start = wordStart, let top = brackets.indices.last, !brackets[top].isMapping {
          brackets[top].names.insert(unquoted(start..<index))
        }
        close(name: nil)
        wordStart = nil
      case UInt8(ascii: ":") where index + 1 == range.upperBound || bytes[index + 1] == space:
        close(name: wordStart.map { unquoted($0..<index) })
        wordStart = nil
      case UInt8(ascii: "#") where index > 0 && bytes[index - 1] == space: return nil
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        if wordStart == nil { wordStart = index }
        index = bytes[(index + 1)..<range.upperBound].firstIndex(of: byte) ?? range.upperBound - 1
      case space, UInt8(ascii: "\t"): break
      default: if wordStart == nil { wordStart = index }
      }
      index += 1
    }
    guard isLast, let top = brackets.last else { return nil }
    let outer = frames.compactMap(\.name) + brackets.compactMap(\.name)
    let isNamed = top.isMapping && top.name != nil
    return Found(
      path: outer, role: !top.isMapping ? .element : isNamed ? .value : .name, start: wordStart ?? range.upperBound,
      isFlow: true, flowNames: top.names,
      needsSpace: isNamed && wordStart == nil && bytes[..<range.upperBound].last == UInt8(ascii: ":"))
  }

  /// Ends an entry inside brackets, or the name of one.
  private mutating func close(name: String?) {
    guard let top = brackets.indices.last else { return }
    brackets[top].name = brackets[top].isMapping ? name : nil
    if let name { brackets[top].names.insert(name) }
  }

  private func found(_ role: CursorContext.Role, from start: Int, needsSpace: Bool = false) -> Found {
    Found(
      path: frames.compactMap(\.name), role: role, start: start, isFlow: false, flowNames: [], needsSpace: needsSpace)
  }

  /// Closes fields that a line at this column is not part of. A list may have the same indentation as its field.
  private mutating func close(downTo indent: Int, isElement: Bool) {
    while let top = frames.last, top.indent > indent || (top.indent == indent && !(isElement && top.name != nil)) {
      frames.removeLast()
    }
  }

  private let space = UInt8(ascii: " ")

  private func isDash(_ index: Int, _ line: Range<Int>) -> Bool {
    index < line.upperBound && bytes[index] == UInt8(ascii: "-")
      && (index + 1 == line.upperBound || bytes[index + 1] == space)
  }

  /// Returns the offset of the colon that ends a field's name; nil if there is none.
  private func colon(in range: Range<Int>) -> Int? {
    var index = range.lowerBound
    if let quote = bytes[range].first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
      guard let end = bytes[range].dropFirst().firstIndex(of: quote) else { return nil }
      index = end + 1
    }
    while index < range.upperBound {
      if bytes[index] == UInt8(ascii: ":"), index + 1 == range.upperBound || bytes[index + 1] == space { return index }
      if bytes[index] == UInt8(ascii: "#"), index > range.lowerBound, bytes[index - 1] == space { return nil }
      index += 1
    }
    return nil
  }

  private func hasComment(_ range: Range<Int>) -> Bool {
    range.contains { bytes[$0] == UInt8(ascii: "#") && ($0 == range.lowerBound || bytes[$0 - 1] == space) }
  }

  private func unquoted(_ range: Range<Int>) -> String {
    var text = bytes[range]
    while text.last == space { text = text.dropLast() }
    if let quote = text.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"), text.count > 1,
      text.last == quote
    {
      text = text.dropFirst().dropLast()
    }
    return String(decoding: text, as: UTF8.self)
  }
}
