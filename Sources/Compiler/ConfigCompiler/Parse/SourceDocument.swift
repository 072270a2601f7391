package import Diagnostics
import ConfigSchema
import YAMLSyntax

/// A document by its place. Its YAML tree is not kept: a diagnostic that needs a range parses the file again, which
/// only faulty repositories pay for, and a hundred thousand documents stay small.
package struct SourceDocument: Sendable {
  package let file: SourceFile
  /// The document's position in the file, from 0.
  package let index: Int
  /// The line, from 1, on which the document begins.
  package let line: Int
  /// The offset at which the document's content ends.
  let end: UInt32

  package var path: String { file.path }
}

/// The way from a document's root to a value.
package struct FieldPath: Sendable, Hashable, ExpressibleByArrayLiteral {
  package enum Element: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case field(String)
    case index(Int)

    package init(stringLiteral value: String) { self = .field(value) }
    package init(integerLiteral value: Int) { self = .index(value) }
  }

  package let elements: [Element]

  package init(_ elements: [Element]) { self.elements = elements }
  package init(arrayLiteral elements: Element...) { self.elements = elements }

  package static let name: FieldPath = ["metadata", "name"]
}

extension FieldPath: CustomStringConvertible {
  /// `spec.regions[0].portRange`.
  package var description: String {
    elements.reduce(into: "") { text, element in
      switch element {
      case .field(let name): text += text.isEmpty ? name : ".\(name)"
      case .index(let index): text += "[\(index)]"
      }
    }
  }
}

/// A field of a document, to be shown.
package struct Place: Sendable {
  package let document: SourceDocument
  package let path: FieldPath
  package let text: String?

  init(_ document: SourceDocument, _ path: FieldPath, _ text: String? = nil) {
    self.document = document
    self.path = path
    self.text = text
  }
}

/// Collects the diagnostics of a stage and finds the ranges of fields.
struct Report: Sendable {
  private(set) var diagnostics: [Diagnostic] = []
  /// Trees of files that were needed already.
  private var trees: [String: [YAMLDocument]] = [:]

  mutating func add(
    _ code: DiagnosticCode, _ message: String, at place: Place, related: [Place] = [], notes: [String] = [],
    help: String? = nil, fixes: [Diagnostic.Fix] = []
  ) {
    let primary = label(place)
    let others = related.map { label($0) }
    diagnostics.append(
      Diagnostic(code, message, at: primary, related: others, notes: notes, help: help, fixes: fixes))
  }

  mutating func add(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }

  mutating func label(_ place: Place) -> Diagnostic.Label {
    Diagnostic.Label(location(place), place.text)
  }

  /// The range of the field at `place`, or of the nearest thing around it that is written.
  mutating func location(_ place: Place) -> SourceLocation {
    let file = place.document.file
    let documents: [YAMLDocument]
    if let known = trees[file.path] {
      documents = known
    } else {
      documents = YAMLParser.parse(file).documents
      trees[file.path] = documents
    }
    guard documents.indices.contains(place.document.index) else {
      return SourceLocation(path: file.path, range: .fileStart)
    }
    var node = documents[place.document.index].root
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
