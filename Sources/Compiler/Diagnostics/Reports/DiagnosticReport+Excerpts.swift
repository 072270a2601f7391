extension DiagnosticReport {
  /// Position of a diagnostic, and the lines concerned with underlines.
  package struct Excerpt: Sendable, Equatable {
    /// Path in the repository.
    package let path: String
    /// Line of the position, from 1.
    package let line: Int
    /// Column of the position in Unicode scalars, from 1.
    package let column: Int
    /// Lines as in the text report, without colours; empty if no line may or can be shown.
    package let text: String
  }

  /// An excerpt for each diagnostic, in their order.
  package var excerpts: [Excerpt] {
    var tables = LineTables(files)
    return diagnostics.map { diagnostic in
      let place = tables.start(diagnostic.primary.location)
      let path = diagnostic.primary.location.path
      let labels = [diagnostic.primary] + diagnostic.related.filter { $0.location.path == path }
      let marks = labels.enumerated().map { position, label in Mark(label, isPrimary: position == 0, &tables) }
      let gutter = labels.map { String(tables.end($0.location).line).count }.max() ?? 1
      var text = ""
      if tables.mayShow(path) {
        text = Snippet(
          marks: marks, table: tables.table(path), gutter: gutter, style: TextStyle(isOn: false), role: .error,
          width: 100
        ).lines.joined(separator: "\n")
      }
      return Excerpt(path: path, line: place.line, column: place.column, text: text)
    }
  }
}
