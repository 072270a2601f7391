import ConfigSchema

/// The beginning of an expression, and the word at its end.
struct ExpressionDraft: Sendable {
  private let bytes: [UInt8]
  /// The tokens before the word.
  private var tokens: [ExpressionToken]
  private let shape: ObjectShape?
  /// Variables of the macros around the word, from the outermost one.
  private var scope: [(name: String, type: ExpressionType)] = []
  /// The part of the word that is written, in bytes.
  let written: Int
  /// Whether the word is inside quotes.
  let isInText: Bool
  /// Whether the end is in a remark, or after a character that no expression has.
  let isUnreadable: Bool

  init(_ text: String, shape: ObjectShape?) {
    bytes = Array(text.utf8)
    self.shape = shape
    let scanned = ExpressionScanner.begun(text)
    tokens = scanned.tokens
    let end = tokens.last?.range.upperBound ?? 0
    isInText = scanned.openText != nil
    if let open = scanned.openText {
      written = bytes.count - open
      isUnreadable = false
    } else if case .word = tokens.last?.content, end == bytes.count {
      written = tokens.removeLast().range.count
      isUnreadable = scanned.isFaulty
    } else {
      written = 0
      isUnreadable = scanned.isFaulty || bytes[end...].contains(UInt8(ascii: "/"))
    }
    scope = variablesAround()
  }

  private func sign(_ index: Int) -> String? {
    guard tokens.indices.contains(index), case .sign(let sign) = tokens[index].content else { return nil }
    return sign
  }

  private func word(_ index: Int) -> String? {
    guard tokens.indices.contains(index), case .word(let word) = tokens[index].content else { return nil }
    return word
  }

  /// Indexes of the brackets that are open at the end.
  private var openBrackets: [Int] {
    var open: [Int] = []
    for index in tokens.indices {
      switch sign(index) {
      case "(", "[": open.append(index)
      case ")", "]": _ = open.popLast()
      default: break
      }
    }
    return open
  }

  private static func isMacro(_ word: String?) -> Bool { word.flatMap(Expression.Macro.init) != nil }

  private func variablesAround() -> [(name: String, type: ExpressionType)] {
    var draft = self
    for open in openBrackets {
      guard sign(open) == "(", Self.isMacro(word(open - 1)), sign(open - 2) == ".", let name = word(open + 1),
        sign(open + 2) == ",", let range = draft.type(ofOperandBefore: open - 2)
      else { continue }
      let element: ExpressionType =
        switch range {
        case .list(let element): element
        case .map: .text(nil)
        default: .any
        }
      draft.scope.append((name, element))
    }
    return draft.scope
  }

  // MARK: - What is written before the word

  /// Type of the value whose member the word is; nil if it follows no point.
  var receiver: ExpressionType? {
    sign(tokens.count - 1) == "." ? type(ofOperandBefore: tokens.count - 1) ?? .null : nil
  }

  /// Whether a value begins with the word.
  var expectsOperand: Bool {
    guard let last = tokens.last else { return true }
    switch last.content {
    case .sign("("): return !(Self.isMacro(word(tokens.count - 2)) && sign(tokens.count - 3) == ".")
    case .sign(")"), .sign("]"), .sign("."): return false
    case .sign, .word("in"): return true
    default: return false
    }
  }

  /// Variables of the macros around the word.
  var variables: [ExpressionCompletion.Item] {
    scope.reversed().map {
      ExpressionCompletion.Item(name: $0.name, text: $0.name, summary: "\($0.type.words) of the list", role: .variable)
    }
  }

  /// Values of the field that the word is compared with, if it has only certain ones.
  func comparedChoices(quoted: Bool) -> [ExpressionCompletion.Item] {
    let last = tokens.count - 1
    var end: Int?
    if sign(last) == "==" || sign(last) == "!=" {
      end = last
    } else if let open = openBrackets.last, sign(open) == "[", word(open - 1) == "in", last == open || sign(last) == ","
    {
      end = open - 1
    }
    guard let end, let start = start(ofOperandBefore: end), case .text(let choices?) = type(ofOperandBefore: end) else {
      return []
    }
    let field = text(start..<end)
    return choices.map {
      ExpressionCompletion.Item(name: $0, text: quoted ? "'\($0)'" : $0, summary: "a value of `\(field)`", role: .value)
    }
  }

  private func text(_ range: Range<Int>) -> String {
    guard let first = tokens[range].first, let last = tokens[range].last else { return "" }
    return String(decoding: bytes[first.range.lowerBound..<last.range.upperBound], as: UTF8.self)
  }

  private func type(ofOperandBefore end: Int) -> ExpressionType? {
    guard let start = start(ofOperandBefore: end),
      let expression = try? ExpressionParser.parse(text(start..<end))
    else { return nil }
    return ExpressionChecker.type(of: expression, in: shape, scope: scope)
  }

  /// Returns the index of the first token of a value with its fields, indexes and calls; nil if no value ends there.
  private func start(ofOperandBefore end: Int) -> Int? {
    var index = end - 1
    while tokens.indices.contains(index) {
      switch tokens[index].content {
      case .word, .text: break
      case .sign(")"):
        guard let open = opening(of: index) else { return nil }
        index = word(open - 1) != nil ? open - 1 : open
      case .sign("]"):
        guard let open = opening(of: index) else { return nil }
        index = open
        if word(open - 1) != nil && word(open - 1) != "in" || [")", "]"].contains(sign(open - 1)) {
          index -= 1
          continue
        }
      default: return nil
      }
      guard sign(index - 1) == "." else { return index }
      index -= 2
    }
    return nil
  }

  private func opening(of closing: Int) -> Int? {
    var depth = 0
    for index in stride(from: closing, through: 0, by: -1) {
      switch sign(index) {
      case ")", "]": depth += 1
      case "(", "[":
        depth -= 1
        if depth == 0 { return index }
      default: break
      }
    }
    return nil
  }
}
