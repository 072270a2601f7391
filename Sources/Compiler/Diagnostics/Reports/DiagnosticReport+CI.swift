package import TextFormats

extension DiagnosticReport {
  /// Annotations of each level that GitHub shows for a step. The report only counts the rest.
  private static let maxAnnotations = 10

  /// The report as workflow commands of GitHub Actions.
  package var github: String {
    var tables = LineTables(files)
    var counts: [Severity: Int] = [:]
    var lines: [String] = []
    for diagnostic in diagnostics {
      counts[diagnostic.severity, default: 0] += 1
      guard counts[diagnostic.severity, default: 0] <= Self.maxAnnotations else { continue }
      let location = diagnostic.primary.location
      let start = tables.start(location)
      let end = tables.end(location)
      var properties =
        "file=\(WorkflowCommandText.property(forgePath(location.path))),line=\(start.line),endLine=\(end.line)"
      // GitHub rejects columns of a range over several lines.
      if start.line == end.line { properties += ",col=\(start.column),endColumn=\(end.column)" }
      properties +=
        ",title=\(WorkflowCommandText.property("\(diagnostic.code.rawValue): \(diagnostic.code.entry.title)"))"
      let text = ([diagnostic.message] + diagnostic.notes + [diagnostic.help].compactMap(\.self)).joined(
        separator: "\n")
      lines.append("::\(diagnostic.severity.rawValue) \(properties)::\(WorkflowCommandText.data(text.visibleLines))")
    }
    let hidden = counts.values.reduce(0) { $0 + max(0, $1 - Self.maxAnnotations) }
    if hidden > 0 { lines.append("::notice::\(hidden) more diagnostics are not shown: run `wpex validate`") }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The report as a GitLab Code Quality report.
  package var gitlab: JSON {
    var tables = LineTables(files)
    return .array(
      zip(diagnostics, fingerprints()).map { diagnostic, fingerprint in
        let location = diagnostic.primary.location
        let start = tables.start(location).line
        return [
          "description": .string((diagnostic.message + (diagnostic.help.map { " (\($0))" } ?? "")).visible),
          "check_name": .string(diagnostic.code.rawValue), "fingerprint": .string(fingerprint),
          "severity": diagnostic.severity == .error ? "major" : "minor",
          "location": [
            "path": .string(forgePath(location.path)),
            "lines": ["begin": .integer(start), "end": .integer(max(start, tables.end(location).line))],
          ],
        ]
      })
  }

  /// The report as JUnit XML: a test case for each file with a diagnostic, or one for the repository if there is none.
  package var junit: String {
    var tables = LineTables(files)
    let byFile = Dictionary(grouping: diagnostics, by: \.primary.location.path).sorted { $0.key < $1.key }
    var cases: [String] = []
    var failures = 0
    for (path, diagnostics) in byFile {
      let errors = diagnostics.filter { $0.severity == .error }
      let warnings = diagnostics.filter { $0.severity == .warning }
      failures += errors.isEmpty ? 0 : 1
      var lines = ["    <testcase name=\"\(MarkupText.escaped(path))\" classname=\"wpex.validate\" time=\"0\">"]
      if let first = errors.first {
        let text = errors.map { Self.line($0, &tables) }.joined(separator: "\n")
        lines.append(
          "      <failure message=\"\(MarkupText.escaped(first.message.visible))\" type=\"\(first.code.rawValue)\">\(MarkupText.escaped(text.visibleLines))</failure>"
        )
      }
      if !warnings.isEmpty {
        let text = warnings.map { Self.line($0, &tables) }.joined(separator: "\n")
        lines.append("      <system-out>\(MarkupText.escaped(text))</system-out>")
      }
      cases.append((lines + ["    </testcase>"]).joined(separator: "\n"))
    }
    if cases.isEmpty { cases = ["    <testcase name=\"repository\" classname=\"wpex.validate\" time=\"0\"/>"] }
    let attributes = "name=\"wpex validate\" tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"0\""
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites>
        <testsuite \(attributes) time="0">
      \(cases.joined(separator: "\n"))
        </testsuite>
      </testsuites>

      """
  }

  private static func line(_ diagnostic: Diagnostic, _ tables: inout LineTables) -> String {
    let start = tables.start(diagnostic.primary.location)
    let help = diagnostic.help.map { "\n  help: \($0)" } ?? ""
    return "\(diagnostic.primary.location.path):\(start.line):\(start.column): \(diagnostic.severity.rawValue)"
      + "[\(diagnostic.code.rawValue)]: \(diagnostic.message)\(help)"
  }
}
