import ConfigModel
package import TextFormats

/// A document of the new repository, alone in its file.
package struct ImportedDocument: Sendable {
  package let path: String
  package internal(set) var content: JSON

  /// - Parameter rows: where it comes from, as an annotation says it.
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

  package var text: String { content.yaml() }
}
