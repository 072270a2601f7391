/// A sentence that distinguishes names from words, so that each format can highlight names in its own way. An
/// interpolated string is a name or a value.
struct Sentence: ExpressibleByStringInterpolation, Sendable {
  enum Piece: Sendable {
    case words(String)
    case name(String)
  }

  struct StringInterpolation: StringInterpolationProtocol {
    var pieces: [Piece] = []

    init(literalCapacity: Int, interpolationCount: Int) {}

    mutating func appendLiteral(_ literal: String) {
      if !literal.isEmpty { pieces.append(.words(literal)) }
    }
    mutating func appendInterpolation(_ name: String) { pieces.append(.name(name)) }
    mutating func appendInterpolation(_ sentence: Sentence) { pieces += sentence.pieces }
    /// Appends computed words that are not a name.
    mutating func appendInterpolation(words: String) { pieces.append(.words(words)) }
    mutating func appendInterpolation(_ count: Int, _ word: String) {
      pieces.append(.words(counted(count, word)))
    }
  }

  let pieces: [Piece]

  init(stringLiteral value: String) { pieces = [.words(value)] }
  init(stringInterpolation: StringInterpolation) { pieces = stringInterpolation.pieces }

  func text(name: (String) -> String) -> String {
    pieces.map { piece in
      switch piece {
      case .words(let words): words
      case .name(let text): name(text)
      }
    }.joined()
  }

  /// The sentence as plain text.
  var plain: String { text { $0 } }
}

/// Returns a count with its noun, such as `1 key` or `2 keys`.
func counted(_ count: Int, _ word: String) -> String {
  guard count != 1 else { return "1 \(word)" }
  let plural = word.hasSuffix("ss") ? "\(word)es" : "\(word)s"
  return "\(count) \(plural)"
}
