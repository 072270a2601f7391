package import ConfigModel
import Diagnostics

/// A resource and the document that declares it.
///
/// It is a class because up to a hundred thousand of them are sorted and passed around but never changed.
package final class Declared<Spec: ResourceSpec>: Sendable {
  /// Metadata and spec.
  package let resource: Resource<Spec>
  /// Position of the document.
  package let source: SourceDocument

  init(resource: Resource<Spec>, source: SourceDocument) {
    self.resource = resource
    self.source = source
  }

  /// Name from the metadata.
  package var name: String { resource.metadata.name }
  /// Spec of the resource.
  package var spec: Spec { resource.spec }
  /// Labels from the metadata.
  package var labels: [String: String] { resource.metadata.labels }

  /// Returns the place of a field of the document, for a diagnostic.
  func place(_ path: FieldPath, _ text: String? = nil) -> Place { Place(source, path, text) }
}

/// Returns the documents of one kind, one per name, sorted by name.
///
/// Of several with the same name, the first in file order wins, but a pending one never wins over another. The rest are
/// reported.
func declared<Spec: ResourceSpec>(
  _ documents: [(resource: Resource<Spec>, source: SourceDocument)], _ report: inout Report
) -> [Declared<Spec>] {
  var first: [String: Declared<Spec>] = [:]
  first.reserveCapacity(documents.count)
  let isAsking = documents.contains { $0.resource.spec.isPending }
  let ordered =
    isAsking
    ? documents.filter { !$0.resource.spec.isPending } + documents.filter(\.resource.spec.isPending) : documents
  for (resource, source) in ordered {
    let candidate = Declared(resource: resource, source: source)
    guard let earlier = first[resource.metadata.name] else {
      first[resource.metadata.name] = candidate
      continue
    }
    report.add(
      .duplicateIdentity, "the \(Spec.kind.rawValue) `\(candidate.name)` is declared twice",
      at: candidate.place(.name, "declared again here"), related: [earlier.place(.name, "first declared here")],
      help: "rename one of them, or remove it")
  }
  return first.values.sorted { $0.name < $1.name }
}
