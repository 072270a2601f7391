import ConfigModel
package import TextFormats

/// A document of the new repository, in a file of its own.
package struct ImportedDocument: Sendable {
  /// The file's path in the repository.
  package let path: String
  /// The document's content.
  package internal(set) var content: JSON

  /// Creates a document.
  ///
  /// - Parameter row: the row that it was created from, which is recorded in an annotation.
  init(
    _ kind: Kind, name: String, path: String, from row: ConsoleRow? = nil, annotations: JSON.Members = [:], spec: JSON
  ) {
    self.path = path
    var annotations = annotations
    if let row { annotations["import.wpex.io/row"] = .string("\(row.table.rawValue) \(row.id)") }
    var metadata: JSON.Members = ["name": .string(name)]
    if !annotations.isEmpty { metadata["annotations"] = .object(annotations) }
    content = [
      "apiVersion": .string(languageVersion), "kind": .string(kind.rawValue), "metadata": .object(metadata),
      "spec": spec,
    ]
  }

  /// The document as YAML.
  package var text: String { content.yaml() }
}
