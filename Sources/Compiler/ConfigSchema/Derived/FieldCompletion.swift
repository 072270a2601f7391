package import ConfigModel

/// What can be written at a place of a document, for editors.
package enum FieldCompletion {
  package struct Item: Sendable, Equatable {
    package let name: String
    package let summary: String
    package let isRequired: Bool
    /// Whether the value is a mapping or list, which begins on the next line.
    package var opensBlock = false
  }

  /// The fields of the mapping at `path` (names from the document's root; elements of lists have none).
  package static func fields(of kind: Kind, at path: [String]) -> [Item] {
    guard let shape = object(of: kind, at: path) else { return [] }
    return shape.fields.map {
      Item(name: $0.name, summary: $0.summary, isRequired: $0.isRequired, opensBlock: $0.shape.isCollection)
    }
  }

  /// The values of the field at `path`, where there are only a few.
  package static func values(of kind: Kind, at path: [String]) -> [Item] {
    guard let field = field(of: kind, at: path) else { return [] }
    if case .boolean = field.shape {
      return ["true", "false"].map { Item(name: $0, summary: field.summary, isRequired: false) }
    }
    return (field.shape.choices ?? []).map { Item(name: $0.value, summary: $0.summary, isRequired: false) }
  }

  /// What the text of the field at `path` names, if it names something.
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

  /// The field at `path`; nil where there is none.
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
