import TextFormats

/// A source of values that is the same for the same seed everywhere (SplitMix64).
struct RandomValues: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func value(depth: Int) -> JSON {
    switch Int.random(in: 0..<(depth > 0 ? 10 : 7), using: &self) {
    case 0: .integer(Int.random(in: -100...1_000_000, using: &self))
    case 1: .number(Double(Int.random(in: -1000...1000, using: &self)) * (Bool.random(using: &self) ? 0.125 : 1e18))
    case 2: Bool.random(using: &self) ? .bool(Bool.random(using: &self)) : .null
    case 3...6: .string(text())
    case 7: .array((0..<Int.random(in: 0...4, using: &self)).map { _ in value(depth: depth - 1) })
    default: .object(members(depth: depth - 1))
    }
  }

  private mutating func members(depth: Int) -> JSON.Members {
    var members = JSON.Members()
    for _ in 0..<Int.random(in: 0...4, using: &self) { members[text()] = value(depth: depth) }
    return members
  }

  /// Text of pieces that readers treat specially, in any combination.
  private mutating func text() -> String {
    var text = ""
    for _ in 0..<Int.random(in: 0...5, using: &self) {
      if Int.random(in: 0..<4, using: &self) == 0 {
        // Any scalar value, those of the lower planes more often.
        let limit: UInt32 = [0x100, 0x3000, 0x10000, 0x110000].randomElement(using: &self) ?? 0x100
        if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &self)) {
          text.unicodeScalars.append(scalar)
        }
      } else {
        text += Self.pieces.randomElement(using: &self) ?? ""
      }
    }
    return text
  }

  private static let pieces = [
    "a", "B", "0", "12", ".", "-", "+", "_", ":", ": ", " #", "#", " ", "  ", "\n", "\n\n", "\t", "\r", "\\", "\"", "'",
    "yes", "No", "null", "~", "true", "0x", "e", "1e3", "1:20", "2001-12-14", "T", "Z", ".inf", ".nan", "<<", "=", "*",
    "&", "!", "!!", "|", ">", "%", "@", "`", "?", "? ", "- ", "---", "...", "{", "}", "[", "]", ",", "é", "e\u{301}",
    "\u{85}", "\u{2028}", "\u{FEFF}", "\u{200B}", "😀", "key: value", "line\n  deeper\n",
  ]
}
