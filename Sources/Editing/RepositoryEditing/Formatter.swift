package import Diagnostics
import YAMLSyntax

/// Brings a YAML file into the one layout of wpex repositories, and keeps every comment, quote and value.
///
/// Two spaces a level, lists indented below their field, one space after `:` and `-`, no white space at line ends, at
/// most one blank line in a row, one line break at the end. Flow style, quoting, order and line breaks inside values stay as
/// they are written. So do line ends, LF or CRLF, which belong to the checkout and not to the text: of a file that has both,
/// all become those of most of its lines.
package enum Formatter {
  package enum Outcome: Sendable, Equatable {
    case unchanged
    case formatted([UInt8])
    /// The file has syntax errors, which come first.
    case faulty([Diagnostic])
    /// The layout cannot be changed without changing what the file says; it stays as it is.
    case kept
  }

  package static func format(_ file: SourceFile) -> Outcome {
    let parse = YAMLParser.parse(file)
    // What formatting itself mends must not stop it.
    let faults = parse.diagnostics.filter { $0.severity == .error }
    guard faults.isEmpty else { return .faulty(faults) }
    var layout = LineLayout(file.bytes)
    for document in parse.documents { layout.visit(document.root, indent: 0) }
    let bytes = Self.endingLines(of: layout.text(), as: file.bytes)
    if bytes == file.bytes { return .unchanged }
    let result = YAMLParser.parse(SourceFile(path: file.path, bytes: bytes))
    let isSame =
      result.diagnostics.isEmpty && result.documents.count == parse.documents.count
      && zip(result.documents, parse.documents).allSatisfy { $0.root.saysTheSame(as: $1.root) }
    guard isSame, Self.comments(bytes) == Self.comments(file.bytes) else { return .kept }
    return .formatted(bytes)
  }

  /// - Parameters:
  ///   - text: with LF at the end of each line.
  ///   - original: whose line ends it gets.
  private static func endingLines(of text: [UInt8], as original: [UInt8]) -> [UInt8] {
    let feed = UInt8(ascii: "\n")
    var (ends, pairs) = (0, 0)
    var last: UInt8 = 0
    for byte in original {
      if byte == feed {
        ends += 1
        if last == UInt8(ascii: "\r") { pairs += 1 }
      }
      last = byte
    }
    guard pairs * 2 > ends else { return text }
    return text.flatMap { $0 == feed ? [UInt8(ascii: "\r"), feed] : [$0] }
  }

  /// Everything from `#` on, line by line: a coarse measure that no lost comment escapes.
  private static func comments(_ bytes: [UInt8]) -> [[UInt8]] {
    bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      guard let start = line.firstIndex(of: UInt8(ascii: "#")) else { return nil }
      var comment = line[start...]
      while let last = comment.last,
        last == UInt8(ascii: " ") || last == UInt8(ascii: "\r") || last == UInt8(ascii: "\t")
      {
        comment = comment.dropLast()
      }
      return Array(comment)
    }
  }
}

extension YAMLNode {
  /// Whether two nodes have the same structure, texts and resolution, wherever they stand.
  fileprivate func saysTheSame(as other: YAMLNode) -> Bool {
    switch (content, other.content) {
    case (.scalar(let left), .scalar(let right)): left.resolved == right.resolved && left.text == right.text
    case (.sequence(let left), .sequence(let right)):
      left.count == right.count && zip(left, right).allSatisfy { $0.saysTheSame(as: $1) }
    case (.mapping(let left), .mapping(let right)):
      left.count == right.count
        && zip(left, right).allSatisfy { $0.name == $1.name && $0.value.saysTheSame(as: $1.value) }
    default: false
    }
  }
}
