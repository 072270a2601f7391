package import TextFormats

extension DiagnosticReport {
  /// The report as one JSON value.
  package var json: JSON {
    var tables = LineTables(files)
    return [
      "version": 1,
      "summary": ["errors": .integer(errorCount), "warnings": .integer(warningCount)],
      "diagnostics": .array(diagnostics.map { Self.json($0, &tables) }),
    ]
  }

  private static func json(_ diagnostic: Diagnostic, _ tables: inout LineTables) -> JSON {
    var members: JSON.Members = [
      "code": .string(diagnostic.code.rawValue), "severity": .string(diagnostic.severity.rawValue),
      "message": .string(diagnostic.message), "path": .string(diagnostic.primary.location.path),
      "range": range(diagnostic.primary.location, &tables),
    ]
    if let text = diagnostic.primary.text { members["label"] = .string(text) }
    members["related"] = .array(
      diagnostic.related.map { label in
        var members: JSON.Members = [
          "path": .string(label.location.path), "range": range(label.location, &tables),
        ]
        if let text = label.text { members["label"] = .string(text) }
        return .object(members)
      })
    members["notes"] = .array(diagnostic.notes.map(JSON.string))
    if let help = diagnostic.help { members["help"] = .string(help) }
    members["fixes"] = .array(
      diagnostic.fixes.map { fix in
        [
          "title": .string(fix.title), "certain": .bool(fix.isCertain),
          "edits": .array(
            fix.edits.map { edit in
              [
                "path": .string(edit.location.path), "range": range(edit.location, &tables),
                "replacement": .string(edit.replacement),
              ]
            }),
        ]
      })
    return .object(members)
  }

  private static func range(_ location: SourceLocation, _ tables: inout LineTables) -> JSON {
    func position(_ position: SourcePosition, _ offset: UInt32) -> JSON {
      ["line": .integer(position.line), "column": .integer(position.column), "offset": .integer(Int(offset))]
    }
    return [
      "start": position(tables.start(location), location.range.start),
      "end": position(tables.end(location), location.range.end),
    ]
  }
}
