package import ConfigModel

/// Candidates for completion in editors.
package enum FieldCompletion {
  /// A field or value that may be written.
  package struct Item: Sendable, Equatable {
    /// Text to insert.
    package let name: String
    /// Description, as a phrase.
    package let summary: String
    /// Whether the field must be present.
    package let isRequired: Bool
    /// Whether the value is a mapping or list, which begins on the next line.
    package var opensBlock = false
  }

  /// Returns the fields of the mapping at `path`: names from the document's root, where list elements have none.
  package static func fields(of kind: Kind, at path: [String]) -> [Item] {
    guard let shape = object(of: kind, at: path) else { return [] }
    return shape.fields.map {
      Item(name: $0.name, summary: $0.summary, isRequired: $0.isRequired, opensBlock: $0.shape.isCollection)
    }
  }

  /// Returns the values of the field at `path`; empty if it is not an enumeration or a boolean.
  package static func values(of kind: Kind, at path: [String]) -> [Item] {
    guard let field = field(of: kind, at: path) else { return [] }
    if case .boolean = field.shape {
      return ["true", "false"].map { Item(name: $0, summary: field.summary, isRequired: false) }
    }
    return (field.shape.choices ?? []).map { Item(name: $0.value, summary: $0.summary, isRequired: false) }
  }

  /// Returns the kind of declaration that the field at `path` names; nil if it does not contain a name.
  package static func reference(of kind: Kind, at path: [String]) -> ReferenceTarget? {
    var shape = field(of: kind, at: path)?.shape
    while case .list(let element, _) = shape { shape = element }
    guard case .string(let string) = shape else { return nil }
    return string.reference
  }

  private static func object(of kind: Kind, at path: [String]) -> ObjectShape? {
    guard let document = DocumentSchema.named(kind.rawValue) else { return nil }
    return path.isEmpty ? document.shape : field(of: kind, at: path)?.shape.object
  }

  /// Returns the field at `path`; nil if there is none.
  package static func field(of kind: Kind, at path: [String]) -> FieldShape? {
    guard var shape = DocumentSchema.named(kind.rawValue)?.shape else { return nil }
    var field: FieldShape?
    for (index, name) in path.enumerated() {
      guard let next = shape.fields.first(where: { $0.name == name }) else { return nil }
      field = next
      if index < path.count - 1 {
        guard let object = next.shape.object else { return nil }
        shape = object
      }
    }
    return field
  }
}
