import ConfigCompiler
import ConfigModel
import ConfigSchema
import Diagnostics
import TextFormats

extension Workspace {
  /// Returns the documentation of a field, the description of a symbol, and the explanations of diagnostics at a
  /// position.
  func hover(_ document: OpenDocument, at offset: Int) -> JSON {
    var parts: [String] = []
    var range: SourceRange?
    if let context = CursorContext(document.text, at: offset, fallback: kind(of: document)), !context.token.isEmpty,
      let kind = context.kind
    {
      let symbol = symbol(in: document, at: offset)
      if let symbol, let compilation, let text = Summary.markdown(of: symbol, in: compilation) { parts.append(text) }
      if let text = Self.explanation(context, kind) { parts.append(text) }
      if !parts.isEmpty { range = SourceRange(context.token.lowerBound, context.token.upperBound) }
    }
    for diagnostic in diagnostics(of: document, touching: offset..<offset) {
      let code = diagnostic.code
      parts.append("**[\(code.rawValue)](\(code.page))** \(code.entry.title)\n\n\(code.entry.explanation)")
      if range == nil { range = diagnostic.primary.location.range }
    }
    guard let range, !parts.isEmpty else { return .null }
    return [
      "contents": ["kind": "markdown", "value": .string(parts.joined(separator: "\n\n---\n\n"))],
      "range": json(range, in: document.text),
    ]
  }

  private static func explanation(_ context: CursorContext, _ kind: Kind) -> String? {
    let names = context.role == .name ? context.path + [context.word] : context.path
    guard let field = FieldCompletion.field(of: kind, at: names) else { return nil }
    let path = ([kind.rawValue] + names).joined(separator: ".")
    if context.role != .name, let choice = field.shape.choices?.first(where: { $0.value == context.word }) {
      return "`\(choice.value)`: \(choice.summary)\n\n" + field.markdown(path: path)
    }
    return field.markdown(path: path)
  }

  /// Returns a document's diagnostics that touch a range.
  func diagnostics(of document: OpenDocument, touching range: Range<Int>) -> [Diagnostic] {
    guard let path = document.path else { return [] }
    let found = diagnostics.filter { diagnostic in
      let place = diagnostic.primary.location
      return place.path == path && Int(place.range.start) <= range.upperBound
        && Int(place.range.end) >= range.lowerBound
    }
    // A report omits anything that may be a secret.
    return DiagnosticReport(found, files: SourceFiles([])).diagnostics
  }
}
