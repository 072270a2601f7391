import ConfigCompiler
import Diagnostics
import TextFormats

extension Workspace {
  /// Returns a diagnostic in LSP's format.
  func json(_ diagnostic: Diagnostic) -> JSON {
    json(diagnostic) { text(of: $0) }
  }

  fileprivate func json(_ diagnostic: Diagnostic, text: (String) -> EditorText) -> JSON {
    let place = diagnostic.primary.location
    var message = diagnostic.message
    for note in diagnostic.notes { message += "\nnote: \(note)" }
    if let help = diagnostic.help { message += "\nhelp: \(help)" }
    var members: JSON.Members = [
      "range": json(place.range, in: text(place.path)), "severity": .integer(Self.severity(of: diagnostic)),
      "code": .string(diagnostic.code.rawValue),
    ]
    if client.codeDescriptions { members.append("codeDescription", ["href": .string(diagnostic.code.page)]) }
    members.append("source", "wpex")
    members.append("message", .string(message))
    if client.relatedInformation, !diagnostic.related.isEmpty {
      let related = diagnostic.related.map { label -> JSON in
        [
          "location": [
            "uri": .string(uri(of: label.location.path)),
            "range": json(label.location.range, in: text(label.location.path)),
          ], "message": .string(label.text ?? "see here"),
        ]
      }
      members.append("relatedInformation", .array(related))
    }
    return .object(members)
  }
}

extension Workspace {
  /// Returns LSP's number of a severity: error, warning, or information about what only some users can change.
  private static func severity(of diagnostic: Diagnostic) -> Int {
    if diagnostic.code.isAboutChanges { return 3 }
    return diagnostic.severity == .error ? 1 : 2
  }
}

/// The published diagnostics, so that only changes are sent.
struct DiagnosticPublication: Sendable {
  /// Maximum number of diagnostics per file; more are of no use, and editors are slow with them.
  private static let maxCount = 1_000

  private struct Shown: Sendable {
    let diagnostics: [Diagnostic]
    let json: JSON
  }

  private var shown: [String: Shown] = [:]

  /// Returns the notifications after a compilation.
  ///
  /// - Parameters:
  ///   - changed: files whose content has changed since the last call.
  ///   - isStale: whether a file's buffer has changed since; the file is skipped, because another compilation follows.
  mutating func update(
    _ workspace: Workspace, changed: Set<String>, isStale: (String) -> Bool
  ) -> [JSON] {
    guard let compilation = workspace.compilation else { return [] }
    let report = DiagnosticReport(workspace.diagnostics, files: SourceFiles([]))
    let byPath = Dictionary(grouping: report.diagnostics, by: \.primary.location.path)
    var texts: [String: EditorText] = [:]
    func text(_ path: String) -> EditorText {
      if let known = texts[path] { return known }
      let text = EditorText(compilation.source(path)?.bytes ?? workspace.files.bytes(of: path) ?? [])
      texts[path] = text
      return text
    }
    var messages: [JSON] = []
    for path in Set(byPath.keys).union(shown.keys).sorted() where !isStale(path) {
      let diagnostics = Array((byPath[path] ?? []).prefix(Self.maxCount))
      if let old = shown[path], old.diagnostics == diagnostics, !changed.contains(path),
        !diagnostics.contains(where: { $0.related.contains { changed.contains($0.location.path) } })
      {
        continue
      }
      let json = JSON.array(diagnostics.map { workspace.json($0, text: text) })
      if json != shown[path]?.json ?? .array([]) { messages.append(Self.message(workspace, path, json)) }
      shown[path] = diagnostics.isEmpty ? nil : Shown(diagnostics: diagnostics, json: json)
    }
    return messages
  }

  /// Returns notifications that remove all diagnostics, before another repository is opened.
  mutating func clear(_ workspace: Workspace) -> [JSON] {
    defer { shown = [:] }
    return shown.keys.sorted().map { Self.message(workspace, $0, .array([])) }
  }

  private static func message(_ workspace: Workspace, _ path: String, _ diagnostics: JSON) -> JSON {
    let uri = workspace.uri(of: path)
    var params: JSON.Members = ["uri": .string(uri)]
    if let version = workspace.documents[uri]?.version { params.append("version", .integer(version)) }
    params.append("diagnostics", diagnostics)
    return .notification("textDocument/publishDiagnostics", .object(params))
  }
}
