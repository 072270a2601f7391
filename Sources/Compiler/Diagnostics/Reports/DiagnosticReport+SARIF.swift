package import TextFormats

extension DiagnosticReport {
  /// Maximum number of results, which is what consumers accept.
  private static let maxResults = 25_000

  /// The report as SARIF 2.1.0 (OASIS).
  package var sarif: JSON {
    var tables = LineTables(files)
    let fingerprints = fingerprints()
    let shown = zip(diagnostics, fingerprints).prefix(Self.maxResults)
    let codes = Array(Set(shown.map(\.0.code))).sorted { $0.rawValue < $1.rawValue }
    let results = shown.map { diagnostic, fingerprint in
      result(diagnostic, rule: codes.firstIndex(of: diagnostic.code) ?? 0, fingerprint, &tables)
    }
    var invocation: JSON.Members = ["executionSuccessful": true]
    if diagnostics.count > Self.maxResults {
      invocation["toolExecutionNotifications"] = [
        [
          "level": "warning",
          "message": ["text": .string("\(diagnostics.count - Self.maxResults) more results are not listed")],
        ]
      ]
    }
    return [
      "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
      "version": "2.1.0",
      "runs": [
        [
          "tool": [
            "driver": ["name": "wpex", "version": .string(WpexVersion.text), "rules": .array(codes.map(Self.rule))]
          ],
          "columnKind": "unicodeCodePoints",
          "originalUriBaseIds": ["%SRCROOT%": ["description": ["text": "The root of the Git repository."]]],
          "invocations": [.object(invocation)],
          "results": .array(Array(results)),
        ]
      ],
    ]
  }

  private static func rule(_ code: DiagnosticCode) -> JSON {
    [
      "id": .string(code.rawValue), "name": .string("\(code)"),
      "shortDescription": ["text": .string(code.entry.title)],
      "fullDescription": ["text": .string(code.entry.explanation)],
      "help": ["text": .string(code.entry.explanation), "markdown": .string(code.entry.explanation)],
      "defaultConfiguration": ["level": .string(code.entry.severity.rawValue)],
    ]
  }

  private func result(
    _ diagnostic: Diagnostic, rule: Int, _ fingerprint: String, _ tables: inout LineTables
  ) -> JSON {
    var message = diagnostic.message
    for note in diagnostic.notes { message += "\nNote: \(note)" }
    if let help = diagnostic.help { message += "\nHelp: \(help)" }
    var members: JSON.Members = [
      "ruleId": .string(diagnostic.code.rawValue), "ruleIndex": .integer(rule),
      "level": .string(diagnostic.severity.rawValue), "message": ["text": .string(message.visibleLines)],
      "locations": [["physicalLocation": physical(diagnostic.primary.location, &tables)]],
      "partialFingerprints": ["wpex/v1": .string(fingerprint)],
    ]
    if !diagnostic.related.isEmpty {
      members["relatedLocations"] = .array(
        diagnostic.related.enumerated().map { index, label in
          var members: JSON.Members = [
            "id": .integer(index + 1), "physicalLocation": physical(label.location, &tables),
          ]
          if let text = label.text { members["message"] = ["text": .string(text.visible)] }
          return .object(members)
        })
    }
    if !diagnostic.fixes.isEmpty {
      members["fixes"] = .array(diagnostic.fixes.map { fix($0, &tables) })
    }
    return .object(members)
  }

  private func fix(_ fix: Diagnostic.Fix, _ tables: inout LineTables) -> JSON {
    let paths = Array(Set(fix.edits.map(\.location.path))).sorted()
    let changes = paths.map { path -> JSON in
      let replacements = fix.edits.filter { $0.location.path == path }.map { edit -> JSON in
        ["deletedRegion": Self.region(edit.location, &tables), "insertedContent": ["text": .string(edit.replacement)]]
      }
      return ["artifactLocation": artifact(path), "replacements": .array(replacements)]
    }
    return ["description": ["text": .string(fix.title)], "artifactChanges": .array(changes)]
  }

  private func physical(_ location: SourceLocation, _ tables: inout LineTables) -> JSON {
    ["artifactLocation": artifact(location.path), "region": Self.region(location, &tables)]
  }

  private func artifact(_ path: String) -> JSON {
    ["uri": .string(forgePath(path).percentEncoded), "uriBaseId": "%SRCROOT%"]
  }

  private static func region(_ location: SourceLocation, _ tables: inout LineTables) -> JSON {
    let start = tables.start(location)
    let end = tables.end(location)
    return [
      "startLine": .integer(start.line), "startColumn": .integer(start.column), "endLine": .integer(end.line),
      "endColumn": .integer(end.column),
    ]
  }
}

extension String {
  /// The path with everything except unreserved characters and `/` percent-encoded (RFC 3986).
  fileprivate var percentEncoded: String {
    utf8.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: String(Unicode.Scalar(byte))
      case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
        String(Unicode.Scalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }
}
