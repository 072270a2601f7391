import Diagnostics
import RepositoryEditing
import TextFormats

extension Workspace {
  static let fixAll = "source.fixAll.wpex"

  /// The fixes of problems in a range, and all certain ones of the document at once.
  ///
  /// - Parameter only: kinds of actions that are asked for; nil for all.
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
        actions.append(["title": "Apply every certain fix", "kind": .string(Self.fixAll), "edit": json(edits)])
      }
    }
    return .array(actions)
  }

  /// Edits that bring a document into the layout of `wpex fmt`.
  ///
  /// - Throws: `RPCError` where it has syntax errors.
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
