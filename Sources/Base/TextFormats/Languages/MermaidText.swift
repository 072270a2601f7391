/// Labels in Mermaid.
package enum MermaidText {
  /// Returns a quoted string on one line.
  ///
  /// Mermaid interprets HTML and Markdown in labels; special characters are therefore written as references such as
  /// `#35;`.
  ///
  /// - Parameter lines: Lines of the label.
  package static func label(_ lines: String...) -> String {
    let shown = lines.map { line in
      line.visible.replacingScalars { scalar in
        switch scalar {
        case "\"", "#", ";", "&", "<", ">", "`", "\\": "#\(scalar.value);"
        default: nil
        }
      }
    }
    return "\"" + shown.joined(separator: "<br/>") + "\""
  }
}
