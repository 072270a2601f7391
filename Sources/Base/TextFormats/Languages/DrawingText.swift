/// Labels of Graphviz' DOT.
package enum DOTText {
  /// A string between quotes, on one line.
  ///
  /// - Parameter lines: What the label shows, line by line.
  package static func label(_ lines: String...) -> String {
    let shown = lines.map { line in line.visible.replacingScalars { $0 == "\\" || $0 == "\"" ? "\\\($0)" : nil } }
    return "\"" + shown.joined(separator: "\\n") + "\""
  }
}

/// Labels of Mermaid.
package enum MermaidText {
  /// A string between quotes, on one line. Mermaid reads HTML and Markdown in it, and writes characters as `#35;`.
  ///
  /// - Parameter lines: What the label shows, line by line.
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
