package import Diagnostics
import YAMLSyntax

/// The formatter for YAML files of wpex repositories. It keeps all comments, quotes and values.
///
/// The layout: two spaces per level, lists indented below their field, one space after `:` and `-`, no trailing white
/// space, at most one blank line in a row, one line break at the end. Flow style, quoting, order and line breaks inside
/// values are unchanged, as are line endings (LF or CRLF), which are a matter of the checkout; in a file with both, the
/// majority's are used for all lines.
package enum Formatter {
  /// Results of formatting a file.
  package enum Outcome: Sendable, Equatable {
    /// The file has the layout already.
    case unchanged
    /// The file's new content.
    case formatted([UInt8])
    /// The file has syntax errors, which must be fixed first.
    case faulty([Diagnostic])
    /// A new layout would change the file's meaning or lose a comment, so the file is left as it is.
    case kept
  }

  /// Formats a file. Checks that the result has the same values and comments.
  package static func format(_ file: SourceFile) -> Outcome {
    let parse = YAMLParser.parse(file)
    // Warnings about the layout, which formatting resolves, are no obstacle.
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

  /// Returns a text with the majority of a file's line endings.
  ///
  /// - Parameters:
  ///   - text: lines that end with LF.
  ///   - original: the file that determines the line endings.
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

  /// Returns the rest of each line from `#` on: a coarse measure that detects every lost comment.
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
  /// Whether two nodes have the same structure, texts and resolved values, regardless of their positions.
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
