/// Text inside Markdown (CommonMark with GitHub's tables).
package enum MarkdownText {
  /// Inline code on one line: between runs of backticks that are longer than any in the text. Forges look for mentions,
  /// links and references everywhere else.
  ///
  /// - Parameter longest: Scalars that are shown.
  package static func code(_ text: String, longest: Int = .max) -> String {
    var text = text.visible
    if let end = text.unicodeScalars.index(
      text.startIndex, offsetBy: longest, limitedBy: text.endIndex), end < text.endIndex
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
    // A reader takes one blank from both ends, unless the text is nothing but blanks.
    let edges = [UInt8(ascii: "`"), UInt8(ascii: " ")]
    let isBlank = text.utf8.allSatisfy { $0 == UInt8(ascii: " ") }
    let isPadded = !isBlank && (edges.contains(first) || edges.contains(last))
    return isPadded ? "\(fence) \(text) \(fence)" : "\(fence)\(text)\(fence)"
  }

  /// Words on one line that mean nothing else. A forge still links addresses and mentions in them: see ``code(_:longest:)``.
  package static func plain(_ text: String) -> String {
    text.visible.replacingScalars { isPunctuation($0) ? "\\\($0)" : nil }
  }

  /// Markdown of one line, inside a cell of a table.
  package static func cell(_ markdown: String) -> String {
    markdown.visible.replacingScalars { $0 == "|" ? "\\|" : nil }
  }

  /// What a backslash may stand before (CommonMark 0.31.2, 2.4).
  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: false
    }
  }
}
