/// Text inside elements and quoted attributes of XML 1.0 and HTML.
package enum MarkupText {
  /// Returns the text with special characters as references.
  ///
  /// U+FFFD replaces the control characters that XML cannot express at all.
  package static func escaped(_ text: String) -> String {
    text.replacingScalars { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      case "'": "&#39;"
      case "\n": "&#10;"
      case "\r": "&#13;"
      case "\t": "&#9;"
      default: scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF ? "\u{FFFD}" : nil
      }
    }
  }
}
