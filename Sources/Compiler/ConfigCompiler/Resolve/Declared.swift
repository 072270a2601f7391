package import ConfigModel
import Diagnostics

/// A resource together with the document that declares it. A class, because a hundred thousand of them are sorted and
/// passed around, and never changed.
package final class Declared<Spec: ResourceSpec>: Sendable {
  package let resource: Resource<Spec>
  package let source: SourceDocument

  init(resource: Resource<Spec>, source: SourceDocument) {
    self.resource = resource
    self.source = source
  }

  package var name: String { resource.metadata.name }
  package var spec: Spec { resource.spec }
  package var labels: [String: String] { resource.metadata.labels }

  func place(_ path: FieldPath, _ text: String? = nil) -> Place { Place(source, path, text) }
}

/// The documents of one kind, one for each name, sorted by name. Of several with one name the first in file order wins,
/// and one that only asks never does beside another.
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
