/// Parser of patterns: the part of RE2's syntax that decides whether a text matches, without captures.
struct PatternParser {
  private let scalars: [Unicode.Scalar]
  /// For each scalar, and for the end, its offset in bytes.
  private let offsets: [Int]
  private var position = 0
  private var depth = 0

  /// Maximum length of a pattern, in Unicode scalars.
  static let maxLength = 1_000
  /// Maximum number of groups inside each other.
  static let maxDepth = 30
  /// Maximum number in `{n,m}`, as in RE2.
  static let maxRepetitions = 1_000

  private init(_ text: String) {
    scalars = Array(text.unicodeScalars)
    var offset = 0
    var offsets: [Int] = [0]
    for scalar in scalars {
      offset += UTF8.width(scalar)
      offsets.append(offset)
    }
    self.offsets = offsets
  }

  static func parse(_ text: String) throws(PatternFault) -> PatternNode {
    var parser = PatternParser(text)
    guard parser.scalars.count <= maxLength else {
      throw PatternFault(message: "a pattern has at most \(maxLength) characters", range: 0..<text.utf8.count)
    }
    let node = try parser.choice()
    guard parser.next == nil else { throw parser.fault("`)` closes no group", at: parser.position) }
    return node
  }

  private var next: Unicode.Scalar? { scalars.indices.contains(position) ? scalars[position] : nil }
  private var following: Unicode.Scalar? {
    scalars.indices.contains(position + 1) ? scalars[position + 1] : nil
  }

  private func fault(_ message: String, at start: Int, to end: Int? = nil) -> PatternFault {
    let last = offsets.count - 1
    let from = offsets[min(start, last)]
    return PatternFault(message: message, range: from..<max(from, offsets[min(end ?? start + 1, last)]))
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    position += 1
    return true
  }

  private mutating func choice() throws(PatternFault) -> PatternNode {
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() throws(PatternFault) -> PatternNode {
    var parts: [PatternNode] = []
    while let scalar = next, scalar != "|", scalar != ")" { parts.append(try repetition()) }
    return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
  }

  private mutating func repetition() throws(PatternFault) -> PatternNode {
    let node = try atom()
    let start = position
    guard let (least, most) = try quantifier() else { return node }
    // Whether a repetition is lazy does not change whether the text matches.
    _ = take("?")
    if let again = next, "*+?{".unicodeScalars.contains(again) {
      throw fault("a repetition cannot be repeated", at: start, to: position + 1)
    }
    return .repeated(node, least: least, most: most)
  }

  private mutating func quantifier() throws(PatternFault) -> (Int, Int?)? {
    if take("*") { return (0, nil) }
    if take("+") { return (1, nil) }
    if take("?") { return (0, 1) }
    let start = position
    guard take("{") else { return nil }
    guard let least = number() else { throw fault("`{` begins a repetition such as `{2,5}`", at: start) }
    var most: Int? = least
    if take(",") { most = next == "}" ? nil : number() ?? -1 }
    guard take("}") else { throw fault("`{` begins a repetition such as `{2,5}`", at: start, to: position) }
    guard least <= Self.maxRepetitions, most.map({ $0 >= least && $0 <= Self.maxRepetitions }) ?? true else {
      throw fault(
        "a repetition goes from a smaller number to a larger one, at most \(Self.maxRepetitions)", at: start,
        to: position)
    }
    return (least, most)
  }

  private mutating func number() -> Int? {
    let start = position
    while let scalar = next, ("0"..."9").contains(scalar), position - start < 6 { position += 1 }
    return Int(String(String.UnicodeScalarView(scalars[start..<position])))
  }

  private mutating func atom() throws(PatternFault) -> PatternNode {
    let start = position
    guard let scalar = next else { return .empty }
    position += 1
    switch scalar {
    case ".": return .set(.anyButNewline)
    case "^": return .start
    case "$": return .end
    case "(": return try group(from: start)
    case "[": return .set(try bracket(from: start))
    case "\\": return .set(try escape(from: start, inBracket: false))
    case "*", "+", "?", "{": throw fault("a repetition follows something that repeats", at: start)
    default: return .set(.single(scalar))
    }
  }

  private mutating func group(from start: Int) throws(PatternFault) -> PatternNode {
    if next == "?" {
      guard following == ":" else { throw fault("the only group with `?` is `(?:…)`", at: start, to: start + 3) }
      position += 2
    }
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maxDepth else { throw fault("groups are nested at most \(Self.maxDepth) times", at: start) }
    let inner = try choice()
    guard take(")") else { throw fault("the group does not end", at: start) }
    return inner
  }

  private mutating func bracket(from start: Int) throws(PatternFault) -> ScalarSet {
    let isInverted = take("^")
    var set = ScalarSet()
    var isFirst = true
    while true {
      guard let scalar = next else { throw fault("the set does not end", at: start) }
      if scalar == "]", !isFirst {
        position += 1
        return isInverted ? set.inverted : set
      }
      isFirst = false
      let from = position
      position += 1
      if scalar == "[", next == ":" { throw fault("sets have no named classes", at: from, to: from + 2) }
      let low = scalar == "\\" ? try escape(from: from, inBracket: true) : .single(scalar)
      guard next == "-", let after = following, after != "]" else {
        set = set.union(low)
        continue
      }
      position += 2
      let high = after == "\\" ? try escape(from: position - 1, inBracket: true) : .single(after)
      guard let first = low.one, let last = high.one, first <= last else {
        throw fault("a range goes from a lower character to a higher one", at: from, to: position)
      }
      set = set.union(ScalarSet([first...last]))
    }
  }

  private mutating func escape(from start: Int, inBracket: Bool) throws(PatternFault) -> ScalarSet {
    guard let letter = next else { throw fault("a character is missing after `\\`", at: start) }
    position += 1
    switch letter {
    case "d": return .digits
    case "D": return ScalarSet.digits.inverted
    case "w": return .words
    case "W": return ScalarSet.words.inverted
    case "s": return .blanks
    case "S": return ScalarSet.blanks.inverted
    case "n": return .single("\n")
    case "r": return .single("\r")
    case "t": return .single("\t")
    case "f": return .single("\u{0C}")
    case "v": return .single("\u{0B}")
    default:
      let isPunctuation = letter.isASCII && !ScalarSet.words.contains(letter.value) && letter.value > 0x20
      guard isPunctuation else { throw fault("a pattern has no escape `\\\(letter)`", at: start, to: position) }
      return .single(letter)
    }
  }
}

extension ScalarSet {
  /// The only scalar of the set; nil if it has none or several.
  fileprivate var one: UInt32? {
    guard ranges.count == 1, let range = ranges.first, range.count == 1 else { return nil }
    return range.lowerBound
  }
}
