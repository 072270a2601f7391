import Diagnostics

/// A scalar as it was written: its unescaped text, and the style that decides how the text is resolved.
package struct YAMLScalar: Sendable {
  /// Notation of a scalar.
  package enum Style: Sendable { case plain, singleQuoted, doubleQuoted, literal, folded }

  /// Text without quotes and escapes.
  package let text: String
  /// Notation.
  package let style: Style

  package init(text: String, style: Style) {
    self.text = text
    self.style = style
  }
}
