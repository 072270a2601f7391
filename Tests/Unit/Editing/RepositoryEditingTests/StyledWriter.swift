import TextFormats

/// Random numbers that are the same in every run (SplitMix64).
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// Writes documents as people do who never heard of a formatter: any indentation, any quotes, flow and block, comments
/// everywhere, CRLF, several documents, no final line break.
struct StyledWriter {
  private var random: SeededRandom
  private var text = ""
  private var comments = 0

  private init(_ random: SeededRandom) { self.random = random }

  /// A file with these documents.
  static func file(_ documents: [JSON], seed: UInt64) -> [UInt8] {
    var writer = StyledWriter(SeededRandom(seed))
    return writer.file(documents)
  }

  private mutating func file(_ documents: [JSON]) -> [UInt8] {
    if random.chance(40) { text += "\(comment()) head of the file\n" + (random.chance(50) ? "\n" : "") }
    for (index, document) in documents.enumerated() {
      if index > 0 || random.chance(25) {
        if index > 0, random.chance(5) { text += "...\n" }
        text += random.chance(20) ? "--- \(comment())\n" : "---\n"
      }
      guard case .object(let members) = document else { continue }
      if random.chance(6) {
        text += flow(document, depth: 2) + trailing() + "\n"
      } else {
        block(members, indent: 0, step: Int.random(in: 1...6, using: &random))
      }
      if random.chance(25) { text += "\(comment()) after a document\n" }
    }
    if random.chance(10) { text += "\n\n" }
    if random.chance(25) { while text.last == "\n" { text.removeLast() } }
    var result = text
    if random.chance(30) { result = result.replacing("\n", with: "\r\n") }
    return (random.chance(5) ? [0xEF, 0xBB, 0xBF] : []) + Array(result.utf8)
  }

  /// Writes members, each on lines of its own.
  private mutating func block(_ members: JSON.Members, indent: Int, step: Int, startsInLine: Bool = false) {
    for (index, pair) in members.pairs.enumerated() {
      if index > 0 || !startsInLine {
        if random.chance(12) { text += pad(random.chance(70) ? indent : 0) + "\(comment()) about \(pair.name)\n" }
        if random.chance(6) { text += "\n" }
        text += pad(indent)
      }
      text += (random.chance(5) ? "\"\(pair.name)\"" : pair.name) + ":"
      value(pair.value, indent: indent, step: step)
    }
  }

  private mutating func value(_ value: JSON, indent: Int, step: Int) {
    let deeper = indent + step
    switch value {
    case .object(let members) where !members.isEmpty && (random.chance(60) || value.isDeep):
      text += trailing() + "\n"
      block(members, indent: deeper, step: step)
    case .array(let elements) where !elements.isEmpty && (random.chance(50) || value.isDeep):
      text += trailing() + "\n"
      let column = random.chance(25) ? indent : deeper
      for element in elements {
        if random.chance(10) { text += pad(column) + "\(comment()) an element\n" }
        let gap = Int.random(in: 1...3, using: &random)
        text += pad(column) + "-" + pad(gap)
        if case .object(let members) = element {
          block(members, indent: column + 1 + gap, step: step, startsInLine: true)
        } else {
          text += (element.elements == nil ? scalar(element) : flow(element, depth: column + 4)) + trailing() + "\n"
        }
      }
    case .array, .object: text += gap() + flow(value, depth: deeper) + trailing() + "\n"
    case .string(let string) where string.contains("\n"):
      text += gap() + (string.hasSuffix("\n") ? "|" : "|-") + trailing() + "\n"
      for line in string.split(separator: "\n") { text += pad(deeper) + line + "\n" }
    default: text += gap() + scalar(value) + trailing() + "\n"
    }
  }

  /// Between brackets: on one line, or with an element a line.
  private mutating func flow(_ value: JSON, depth: Int) -> String {
    let parts: [String]
    let brackets: (String, String)
    switch value {
    case .array(let elements):
      parts = elements.map { flow($0, depth: depth + 2) }
      brackets = ("[", "]")
    case .object(let members):
      parts = members.pairs.map { "\($0.name): " + flow($0.value, depth: depth + 2) }
      brackets = ("{", "}")
    default: return scalar(value, isInFlow: true)
    }
    if parts.isEmpty { return brackets.0 + brackets.1 }
    let space = random.chance(50) ? " " : ""
    let comma = random.chance(15) ? "," : ""
    guard random.chance(20) else {
      let separator = random.chance(80) ? ", " : " ,  "
      return brackets.0 + space + parts.joined(separator: separator) + comma + space + brackets.1
    }
    var result = brackets.0 + trailing()
    for (index, part) in parts.enumerated() {
      let isLast = index == parts.count - 1
      result += "\n" + pad(depth) + part + (isLast ? comma : ",") + trailing()
    }
    return result + "\n" + pad(depth) + brackets.1
  }

  private mutating func scalar(_ value: JSON, isInFlow: Bool = false) -> String {
    guard case .string(let text) = value else {
      switch value {
      case .integer(let number): return "\(number)"
      case .bool(let flag): return flag ? "true" : "false"
      case .number(let number): return "\(number)"
      default: return "null"
      }
    }
    let isBare = !text.contains(": ") && !text.contains(" #") && (!isInFlow || !text.contains { ",[]{}:".contains($0) })
    let isWord = text.first.map { $0.isLetter || $0.isNumber } ?? false
    if isBare, isWord, Double(text) == nil, !text.contains("\n"), random.chance(60) { return text }
    if random.chance(50), !text.contains("\n") { return "'" + text.replacing("'", with: "''") + "'" }
    return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
  }

  private mutating func comment() -> String {
    comments += 1
    return "# c\(comments)"
  }

  private mutating func trailing() -> String {
    random.chance(15) ? pad(Int.random(in: 1...4, using: &random)) + comment() : random.chance(5) ? "  " : ""
  }

  private mutating func gap() -> String { pad(random.chance(80) ? 1 : Int.random(in: 2...5, using: &random)) }

  private func pad(_ count: Int) -> String { String(repeating: " ", count: count) }
}

extension JSON {
  /// Whether it holds a text of several lines, which needs block style to be read by people.
  fileprivate var isDeep: Bool {
    switch self {
    case .string(let text): text.contains("\n")
    case .array(let elements): elements.contains(where: \.isDeep)
    case .object(let members): members.pairs.contains { $0.value.isDeep }
    default: false
    }
  }
}
