import TextFormats

/// Report for people: messages, the lines concerned with underlines, and what to do.
struct TextReport {
  private let report: DiagnosticReport
  private let style: TextStyle
  private let width: Int

  init(_ report: DiagnosticReport, colors: Bool, width: Int) {
    self.report = report
    style = TextStyle(isOn: colors)
    self.width = max(40, width)
  }

  var text: String {
    var tables = LineTables(report.files)
    var blocks = report.diagnostics.map { block($0, &tables) }
    if let summary { blocks.append(summary) }
    return blocks.map { $0 + "\n" }.joined(separator: "\n")
  }

  private var summary: String? {
    guard !report.diagnostics.isEmpty else { return nil }
    func counted(_ count: Int, _ word: String) -> String? {
      count == 0 ? nil : "\(count) \(word)\(count == 1 ? "" : "s")"
    }
    let counts = [counted(report.errorCount, "error"), counted(report.warningCount, "warning")].compactMap(\.self)
    let files = Set(report.diagnostics.map(\.primary.location.path)).count
    let codes = report.diagnostics.map(\.code.rawValue)
    let example = report.diagnostics.first { $0.severity == .error }?.code.rawValue ?? codes.first ?? ""
    let color: TextStyle.Role = report.errorCount > 0 ? .error : .warning
    return style(counts.joined(separator: " and ") + " in \(files) file\(files == 1 ? "" : "s")", color)
      + "\nFor details: wpex explain \(example)"
  }

  private func block(_ diagnostic: Diagnostic, _ tables: inout LineTables) -> String {
    let role: TextStyle.Role = diagnostic.severity == .error ? .error : .warning
    var lines = [
      style("\(diagnostic.severity.rawValue)[\(diagnostic.code.rawValue)]", role)
        + style(": \(diagnostic.message.visible)", .strong)
    ]
    let labels = [diagnostic.primary] + diagnostic.related
    let gutter = labels.map { String(tables.end($0.location).line).count }.max() ?? 1
    var paths: [String] = []
    for label in labels where !paths.contains(label.location.path) { paths.append(label.location.path) }
    for (index, path) in paths.enumerated() {
      let marks = labels.enumerated().filter { $1.location.path == path }.map { position, label in
        Mark(label, isPrimary: position == 0, &tables)
      }
      let place = marks[0].start
      lines.append(
        String(repeating: " ", count: gutter) + style(index == 0 ? "--> " : "::: ", .gutter)
          + "\(path.visible):\(place.line):\(place.column)")
      // Lines of a file that contains a secret are never shown.
      guard tables.mayShow(path) else { continue }
      lines +=
        Snippet(marks: marks, table: tables.table(path), gutter: gutter, style: style, role: role, width: width)
        .lines
    }
    let bar = String(repeating: " ", count: gutter + 1)
    for note in diagnostic.notes {
      lines.append(bar + style("= ", .gutter) + style("note", .strong) + ": \(note.visible)")
    }
    if let help = diagnostic.help {
      lines.append(bar + style("= ", .gutter) + style("help", .strong) + ": \(help.visible)")
    }
    for fix in diagnostic.fixes {
      lines.append(bar + style("= ", .gutter) + style("fix", .strong) + ": \(fix.title.visible)")
      lines += changes(of: fix, gutter: gutter, &tables)
    }
    return lines.joined(separator: "\n")
  }

  /// Returns the line that a fix changes, before and after; empty unless the fix is a single edit within one line.
  private func changes(of fix: Diagnostic.Fix, gutter: Int, _ tables: inout LineTables) -> [String] {
    guard fix.edits.count == 1, let edit = fix.edits.first, tables.mayShow(edit.location.path) else { return [] }
    let table = tables.table(edit.location.path)
    let line = table.line(at: Int(edit.location.range.start))
    let contents = table.contents(ofLine: line)
    let start = Int(edit.location.range.start)
    let end = Int(edit.location.range.end)
    guard start >= contents.startIndex, end <= contents.endIndex, !edit.replacement.contains("\n") else { return [] }
    let before = String(decoding: contents, as: UTF8.self)
    let after =
      String(decoding: contents[contents.startIndex..<start], as: UTF8.self) + edit.replacement
      + String(decoding: contents[end...], as: UTF8.self)
    guard before.count <= width, after.count <= width else { return [] }
    let bar = String(repeating: " ", count: gutter + 3)
    return [bar + style("- \(before.visible)", .removed), bar + style("+ \(after.visible)", .added)]
  }
}

/// A label with its positions.
struct Mark {
  let start: SourcePosition
  let end: SourcePosition
  let text: String?
  let isPrimary: Bool

  init(_ label: Diagnostic.Label, isPrimary: Bool, _ tables: inout LineTables) {
    start = tables.start(label.location)
    end = tables.end(label.location)
    text = label.text
    self.isPrimary = isPrimary
  }
}
