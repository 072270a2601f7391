/// A sentence whose names are told from its words, so that each form sets them off in its own way. What is interpolated is a
/// name or a value.
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
    /// Words that are made, and name nothing.
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

  /// As plain text.
  var plain: String { text { $0 } }
}

/// `1 key`, `2 keys`.
func counted(_ count: Int, _ word: String) -> String {
  guard count != 1 else { return "1 \(word)" }
  let plural = word.hasSuffix("ss") ? "\(word)es" : "\(word)s"
  return "\(count) \(plural)"
}
