/// Text inside Markdown (CommonMark with GitHub's tables).
package enum MarkdownText {
  /// Returns inline code on one line, between runs of backticks longer than any in the text.
  ///
  /// Everywhere else, forges turn mentions, addresses and references in the text into links.
  ///
  /// - Parameters:
  ///   - text: The text to show.
  ///   - maxLength: Maximum number of scalars; the rest is replaced by an ellipsis.
  package static func code(_ text: String, maxLength: Int = .max) -> String {
    var text = text.visible
    if let end = text.unicodeScalars.index(
      text.startIndex, offsetBy: maxLength, limitedBy: text.endIndex), end < text.endIndex
    {
      text = String(text.unicodeScalars[..<end]) + "…"
    }
    guard let first = text.utf8.first, let last = text.utf8.last else { return "nothing" }
    var run = 0
    var longestRun = 0
    for byte in text.utf8 {
      run = byte == UInt8(ascii: "`") ? run + 1 : 0
      longestRun = max(longestRun, run)
    }
    let fence = String(repeating: "`", count: longestRun + 1)
    // A reader strips one space from both ends, unless the text consists of spaces only.
    let edges = [UInt8(ascii: "`"), UInt8(ascii: " ")]
    let isBlank = text.utf8.allSatisfy { $0 == UInt8(ascii: " ") }
    let isPadded = !isBlank && (edges.contains(first) || edges.contains(last))
    return isPadded ? "\(fence) \(text) \(fence)" : "\(fence)\(text)\(fence)"
  }

  /// Returns text on one line without any markup.
  ///
  /// Forges still link addresses and mentions in it; see ``code(_:longest:)``.
  package static func plain(_ text: String) -> String {
    text.visible.replacingScalars { isPunctuation($0) ? "\\\($0)" : nil }
  }

  /// Returns a line of Markdown for use in a table's cell.
  package static func cell(_ markdown: String) -> String {
    markdown.visible.replacingScalars { $0 == "|" ? "\\|" : nil }
  }

  /// Returns whether a backslash can escape the scalar (CommonMark 0.31.2, 2.4).
  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: false
    }
  }
}
