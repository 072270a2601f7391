/// Scanner of the tokens of an expression.
struct ExpressionScanner {
  private let bytes: [UInt8]
  private var offset = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  /// Returns all tokens, with `end` as the last one.
  static func tokens(of text: String) throws(ExpressionFault) -> [ExpressionToken] {
    var scanner = ExpressionScanner(text)
    var tokens: [ExpressionToken] = []
    while true {
      let token = try scanner.next()
      tokens.append(token)
      if token.content == .end { return tokens }
    }
  }

  /// Returns the tokens of the beginning of an expression, without `end`.
  ///
  /// - Returns: The tokens before the first mistake, if there is one; the start of a text whose last quote is still missing.
  static func begun(_ text: String) -> (tokens: [ExpressionToken], openText: Int?, isFaulty: Bool) {
    var scanner = ExpressionScanner(text)
    var tokens: [ExpressionToken] = []
    while true {
      scanner.skipBlanks()
      let start = scanner.offset
      do {
        let token = try scanner.next()
        if token.content == .end { return (tokens, nil, false) }
        tokens.append(token)
      } catch {
        let quote = scanner.bytes[start...].firstIndex(where: isQuote)
        let isOpen = scanner.offset == scanner.bytes.count && quote.map { $0 <= start + 1 } == true
        return (tokens, isOpen ? quote.map { $0 + 1 } : nil, !isOpen)
      }
    }
  }

  private func byte(_ distance: Int = 0) -> UInt8? {
    bytes.indices.contains(offset + distance) ? bytes[offset + distance] : nil
  }

  private mutating func next() throws(ExpressionFault) -> ExpressionToken {
    skipBlanks()
    let start = offset
    guard let first = byte() else { return ExpressionToken(content: .end, range: start..<start) }
    if first == UInt8(ascii: "r") || first == UInt8(ascii: "R"), let quote = byte(1), Self.isQuote(quote) {
      offset += 1
      return try text(from: start, isRaw: true)
    }
    if first == UInt8(ascii: "b") || first == UInt8(ascii: "B"), let quote = byte(1), Self.isQuote(quote) {
      throw ExpressionFault("bytes are not part of this language", start..<start + 1, help: "leave out the `b`")
    }
    if Self.isQuote(first) { return try text(from: start, isRaw: false) }
    if Self.isLetter(first) {
      while let next = byte(), Self.isLetter(next) || Self.isDigit(next) { offset += 1 }
      let word = String(decoding: bytes[start..<offset], as: UTF8.self)
      return ExpressionToken(content: .word(word), range: start..<offset)
    }
    if Self.isDigit(first) || (first == UInt8(ascii: ".") && byte(1).map(Self.isDigit) == true) {
      return try number(from: start)
    }
    return try sign(from: start)
  }

  private mutating func skipBlanks() {
    while let next = byte() {
      if next == UInt8(ascii: " ") || (9...13).contains(next) {
        offset += 1
      } else if next == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "/") {
        while let next = byte(), next != UInt8(ascii: "\n") { offset += 1 }
      } else {
        return
      }
    }
  }

  private static let signs = [
    "||", "&&", "==", "!=", "<=", ">=", "<", ">", "!", "?", ":", "(", ")", "[", "]", ",", ".",
  ]

  private mutating func sign(from start: Int) throws(ExpressionFault) -> ExpressionToken {
    for sign in Self.signs where bytes[start...].starts(with: sign.utf8) {
      offset += sign.utf8.count
      return ExpressionToken(content: .sign(sign), range: start..<offset)
    }
    if bytes[start] == UInt8(ascii: "-") {
      offset += 1
      return ExpressionToken(content: .sign("-"), range: start..<offset)
    }
    let scalar = String(decoding: bytes[start...], as: UTF8.self).unicodeScalars.first
    let width = scalar.map { String($0).utf8.count } ?? 1
    let text = scalar.map { "`\($0)`" } ?? "this"
    let help: String? =
      switch scalar {
      case "=": "write `==` to compare"
      case "&": "write `&&`"
      case "|": "write `||`"
      case "+", "*", "/", "%": "rules have no arithmetic, so that they always end with a value"
      case "{", "}": "only lists can be written as values"
      default: nil
      }
    throw ExpressionFault("\(text) is not part of this language", start..<start + width, help: help)
  }

  private mutating func number(from start: Int) throws(ExpressionFault) -> ExpressionToken {
    if byte() == UInt8(ascii: "0"), byte(1) == UInt8(ascii: "x") || byte(1) == UInt8(ascii: "X") {
      offset += 2
      while let next = byte(), Self.isHex(next) { offset += 1 }
      let digits = String(decoding: bytes[start + 2..<offset], as: UTF8.self)
      guard let value = Int(digits, radix: 16) else { throw tooLarge(start) }
      return try finished(.integer(value), from: start)
    }
    var isInteger = true
    while let next = byte(), Self.isDigit(next) { offset += 1 }
    if byte() == UInt8(ascii: "."), byte(1).map(Self.isDigit) == true {
      isInteger = false
      offset += 1
      while let next = byte(), Self.isDigit(next) { offset += 1 }
    }
    if byte() == UInt8(ascii: "e") || byte() == UInt8(ascii: "E") {
      let sign = byte(1) == UInt8(ascii: "+") || byte(1) == UInt8(ascii: "-") ? 1 : 0
      if byte(1 + sign).map(Self.isDigit) == true {
        isInteger = false
        offset += 1 + sign
        while let next = byte(), Self.isDigit(next) { offset += 1 }
      }
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    if isInteger {
      guard let value = Int(text) else { throw tooLarge(start) }
      return try finished(.integer(value), from: start)
    }
    guard let value = Double(text), value.isFinite else { throw tooLarge(start) }
    return try finished(.number(value), from: start)
  }

  private func tooLarge(_ start: Int) -> ExpressionFault {
    ExpressionFault("the number does not fit into 64 bits", start..<max(offset, start + 1))
  }

  private func finished(
    _ content: ExpressionToken.Content, from start: Int
  ) throws(ExpressionFault) -> ExpressionToken {
    if let next = byte(), Self.isLetter(next) {
      let isUnsigned = next == UInt8(ascii: "u") || next == UInt8(ascii: "U")
      throw ExpressionFault(
        "a number ends with a digit", offset..<offset + 1, help: isUnsigned ? "leave out the `u`" : nil)
    }
    return ExpressionToken(content: content, range: start..<offset)
  }

  // MARK: - Texts

  private mutating func text(from start: Int, isRaw: Bool) throws(ExpressionFault) -> ExpressionToken {
    let quote = bytes[offset]
    if byte(1) == quote, byte(2) == quote {
      throw ExpressionFault(
        "texts have one quote at each end", offset..<offset + 3, help: "write the text in one line between two quotes")
    }
    offset += 1
    var content: [UInt8] = []
    var isVerbatim = true
    while true {
      guard let next = byte(), next != UInt8(ascii: "\n"), next != UInt8(ascii: "\r") else {
        throw ExpressionFault("the text does not end", start..<offset, help: "add a quote at its end")
      }
      if next == quote {
        offset += 1
        break
      }
      if next == UInt8(ascii: "\\"), !isRaw {
        isVerbatim = false
        try escape(into: &content)
      } else {
        content.append(next)
        offset += 1
      }
    }
    return ExpressionToken(
      content: .text(String(decoding: content, as: UTF8.self), isVerbatim: isVerbatim), range: start..<offset)
  }

  private mutating func escape(into content: inout [UInt8]) throws(ExpressionFault) {
    let start = offset
    offset += 1
    guard let letter = byte() else { throw ExpressionFault("the text does not end", start..<offset) }
    offset += 1
    switch letter {
    case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"), UInt8(ascii: "?"):
      content.append(letter)
    case UInt8(ascii: "a"): content.append(7)
    case UInt8(ascii: "b"): content.append(8)
    case UInt8(ascii: "t"): content.append(9)
    case UInt8(ascii: "n"): content.append(10)
    case UInt8(ascii: "v"): content.append(11)
    case UInt8(ascii: "f"): content.append(12)
    case UInt8(ascii: "r"): content.append(13)
    case UInt8(ascii: "x"), UInt8(ascii: "X"): try codePoint(digits: 2, radix: 16, from: start, into: &content)
    case UInt8(ascii: "u"): try codePoint(digits: 4, radix: 16, from: start, into: &content)
    case UInt8(ascii: "U"): try codePoint(digits: 8, radix: 16, from: start, into: &content)
    case UInt8(ascii: "0")...UInt8(ascii: "3"):
      offset -= 1
      try codePoint(digits: 3, radix: 8, from: start, into: &content)
    default:
      throw ExpressionFault(
        "a text has no such escape", start..<offset,
        help: "write the backslash twice, or put `r` before the text: `r'\\d+'`")
    }
  }

  private mutating func codePoint(
    digits: Int, radix: Int, from start: Int, into content: inout [UInt8]
  ) throws(ExpressionFault) {
    let end = min(offset + digits, bytes.count)
    let text = String(decoding: bytes[offset..<end], as: UTF8.self)
    guard text.utf8.count == digits, text.utf8.allSatisfy(Self.isHex), let value = UInt32(text, radix: radix),
      let scalar = Unicode.Scalar(value)
    else {
      throw ExpressionFault("the escape does not name a character", start..<end, help: "it needs \(digits) digits")
    }
    offset = end
    content += Array(String(scalar).utf8)
  }

  // MARK: - Characters

  private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") }
  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
  private static func isHex(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
      || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte)
  }
  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      || byte == UInt8(ascii: "_")
  }
}
