import TextFormats

/// A set of diagnostics, ready to be written in any format.
package struct DiagnosticReport: Sendable {
  /// The diagnostics in file order, with secrets redacted.
  package let diagnostics: [Diagnostic]
  /// Texts of the files that the diagnostics refer to.
  package let files: SourceFiles
  /// Path of the configuration repository inside its Git repository, with a final `/`; forges show it before each path.
  private let prefix: String

  /// Makes a report.
  ///
  /// - Parameters:
  ///   - diagnostics: The diagnostics, in file order.
  ///   - files: Texts of the files that they refer to.
  ///   - prefix: Path of the configuration repository inside its Git repository, with a final `/`; empty for the root.
  package init(_ diagnostics: [Diagnostic], files: SourceFiles, below prefix: String = "") {
    self.diagnostics = diagnostics.map { $0.redacted() }
    self.files = files
    self.prefix = prefix
  }

  /// Returns a path as forges show it.
  func forgePath(_ path: String) -> String { prefix + path }

  /// Returns the report in a format. `colors` and `width` (in columns) affect `text` only.
  package func text(_ format: ReportFormat, colors: Bool = false, width: Int = 100) -> String {
    switch format {
    case .text: TextReport(self, colors: colors, width: width).text
    case .json: json.text(.indented) + "\n"
    case .sarif: sarif.text(.indented) + "\n"
    case .github: github
    case .gitlab: gitlab.text(.indented) + "\n"
    case .junit: junit
    }
  }

  var errorCount: Int { diagnostics.count { $0.severity == .error } }
  var warningCount: Int { diagnostics.count { $0.severity == .warning } }

  /// Returns a fingerprint for each diagnostic, which stays the same when lines above it come or go.
  ///
  /// It is derived from the code, the path, the line's own text, the message, and the number of equal findings before
  /// it.
  func fingerprints() -> [String] {
    var seen: [String: Int] = [:]
    var tables = LineTables(files)
    return diagnostics.map { diagnostic in
      let location = diagnostic.primary.location
      let table = tables.table(location.path)
      let line = table.contents(ofLine: table.line(at: Int(location.range.start)))
      let text = String(decoding: line, as: UTF8.self).trimmingSpaces
      let key = "\(diagnostic.code.rawValue)\n\(location.path)\n\(text)\n\(diagnostic.message)"
      let occurrence = seen[key, default: 0]
      seen[key] = occurrence + 1
      return FNV1a.hex(of: "\(key)\n\(occurrence)")
    }
  }
}

extension String {
  var trimmingSpaces: String {
    let isSpace = { (character: Character) in character == " " || character == "\t" }
    guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
      return ""
    }
    return String(self[first...last])
  }
}
