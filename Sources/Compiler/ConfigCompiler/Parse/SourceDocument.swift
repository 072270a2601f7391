package import Diagnostics
import ConfigSchema
import YAMLSyntax

/// Position of a document in its file.
///
/// The YAML tree is not kept: a diagnostic that needs a range parses the file again. Only faulty repositories pay for
/// that, and a hundred thousand documents stay small.
package struct SourceDocument: Sendable {
  /// The file.
  package let file: SourceFile
  /// Index of the document in the file, from 0.
  package let index: Int
  /// Line on which the document begins, from 1.
  package let line: Int
  /// Offset at which the document's content ends.
  let end: UInt32

  /// Path of the file.
  package var path: String { file.path }
}

/// Path from a document's root to a value.
package struct FieldPath: Sendable, Hashable, ExpressibleByArrayLiteral {
  /// A step from a value to a part of it.
  package enum Element: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    /// The field of a mapping with that name.
    case field(String)
    /// The element of a list, from 0.
    case index(Int)

    package init(stringLiteral value: String) { self = .field(value) }
    package init(integerLiteral value: Int) { self = .index(value) }
  }

  /// The steps from the root.
  package let elements: [Element]

  package init(_ elements: [Element]) { self.elements = elements }
  package init(arrayLiteral elements: Element...) { self.elements = elements }

  /// The path of a document's name.
  package static let name: FieldPath = ["metadata", "name"]
}

extension FieldPath: CustomStringConvertible {
  /// The path as messages show it: `spec.regions[0].portRange`.
  package var description: String {
    elements.reduce(into: "") { text, element in
      switch element {
      case .field(let name): text += text.isEmpty ? name : ".\(name)"
      case .index(let index): text += "[\(index)]"
      }
    }
  }
}

/// A field of a document, for a diagnostic's label.
package struct Place: Sendable {
  /// The document.
  package let document: SourceDocument
  /// Path of the field.
  package let path: FieldPath
  /// Text of the label; nil if there is none.
  package let text: String?

  init(_ document: SourceDocument, _ path: FieldPath, _ text: String? = nil) {
    self.document = document
    self.path = path
    self.text = text
  }
}

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

  /// Returns the range of the field at `place`, or of the nearest enclosing value that exists in the file.
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
