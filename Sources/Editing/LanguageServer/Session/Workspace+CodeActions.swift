import Diagnostics
import RepositoryEditing
import TextFormats

extension Workspace {
  static let fixAll = "source.fixAll.wpex"

  /// Returns the fixes of diagnostics in a range, and one action that applies all certain fixes in the document.
  ///
  /// - Parameter only: requested kinds of actions; nil for all.
  func codeActions(_ document: OpenDocument, in range: Range<Int>, only: [String]?) -> JSON {
    func isWanted(_ kind: String) -> Bool {
      only.map { $0.contains { kind == $0 || kind.hasPrefix($0 + ".") } } ?? true
    }
    var actions: [JSON] = []
    if isWanted("quickfix") {
      for diagnostic in diagnostics(of: document, touching: range) {
        for (index, fix) in diagnostic.fixes.enumerated() {
          actions.append([
            "title": .string(fix.title), "kind": "quickfix", "isPreferred": .bool(fix.isCertain && index == 0),
            "diagnostics": [json(diagnostic)], "edit": json(fix.edits),
          ])
        }
      }
    }
    if isWanted(Self.fixAll), let path = document.path {
      let all = diagnostics(of: document, touching: 0..<document.text.bytes.count)
      let edits = FixApplication.certainEdits(of: all).edits[path] ?? []
      if !edits.isEmpty {
        actions.append(["title": "Apply all safe fixes", "kind": .string(Self.fixAll), "edit": json(edits)])
      }
    }
    return .array(actions)
  }

  /// Returns the edits that format a document as `wpex fmt` does.
  ///
  /// - Throws: `RPCError` if the document has syntax errors.
  func formatting(_ document: OpenDocument) throws(RPCError) -> JSON {
    switch Formatter.format(source(of: document)) {
    case .unchanged, .kept: return .array([])
    case .faulty(let diagnostics):
      throw RPCError(
        .requestFailed, "the file has syntax errors, which come first: \(diagnostics.first?.message ?? "")")
    case .formatted(let bytes):
      let edits = LineEdits.between(document.text.bytes, bytes).map { edit -> JSON in
        ["range": json(edit.range, in: document.text), "newText": .string(edit.text)]
      }
      return .array(edits)
    }
  }
}
