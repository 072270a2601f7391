import Diagnostics
import ConfigSchema
import YAMLSyntax

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
