/// Labels in Graphviz' DOT language.
package enum DOTText {
  /// Returns a quoted string on one line.
  ///
  /// - Parameter lines: Lines of the label.
  package static func label(_ lines: String...) -> String {
    let shown = lines.map { line in line.visible.replacingScalars { $0 == "\\" || $0 == "\"" ? "\\\($0)" : nil } }
    return "\"" + shown.joined(separator: "\\n") + "\""
  }
}
