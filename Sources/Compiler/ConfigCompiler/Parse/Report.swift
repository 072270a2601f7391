import ConfigSchema
import Diagnostics
import YAMLSyntax

/// A collector of diagnostics, which finds the ranges of fields.
struct Report: Sendable {
  /// The diagnostics so far.
  private(set) var diagnostics: [Diagnostic] = []
  /// Trees of the files that were needed so far.
  private var trees: [String: [YAMLDocument]] = [:]

  /// Adds a diagnostic about a field.
  mutating func add(
    _ code: DiagnosticCode, _ message: String, at place: Place, related: [Place] = [], notes: [String] = [],
    help: String? = nil, fixes: [Diagnostic.Fix] = []
  ) {
    let primary = label(place)
    let others = related.map { label($0) }
    diagnostics.append(
      Diagnostic(code, message, at: primary, related: others, notes: notes, help: help, fixes: fixes))
  }

  /// Adds a diagnostic.
  mutating func add(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }

  /// Returns the label for a field.
  mutating func label(_ place: Place) -> Diagnostic.Label {
    Diagnostic.Label(location(place), place.text)
  }

  /// Returns the tree of a document; nil if its file cannot be parsed.
  mutating func root(of document: SourceDocument) -> YAMLNode? {
    let documents: [YAMLDocument]
    if let known = trees[document.path] {
      documents = known
    } else {
      documents = YAMLParser.parse(document.file).documents
      trees[document.path] = documents
    }
    return documents.indices.contains(document.index) ? documents[document.index].root : nil
  }

  /// Returns the range of the field at `place`, or of the nearest enclosing value that exists in the file.
  mutating func location(_ place: Place) -> SourceLocation {
    let file = place.document.file
    guard var node = root(of: place.document) else { return SourceLocation(path: file.path, range: .fileStart) }
    var range = node.headRange
    for element in place.path.elements {
      switch element {
      case .field(let name):
        guard let member = node.member(name) else { return SourceLocation(path: file.path, range: range) }
        node = member.value
        range = node.scalar == nil ? member.nameRange : node.range
      case .index(let index):
        guard let elements = node.sequence, elements.indices.contains(index) else {
          return SourceLocation(path: file.path, range: range)
        }
        node = elements[index]
        range = node.headRange
      }
    }
    return SourceLocation(path: file.path, range: range)
  }
}
