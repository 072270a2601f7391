package import ConfigCompiler
import FoundationEssentials
import KubernetesModel
import StructuredText
package import SyncEngine

/// Manifests in a folder, for whoever applies them by other means: `<folder>/<region>/<namespace>/<kind>-<name>.yaml`.
package actor DirectoryTarget: Target {
  package nonisolated let kind = "directory"
  private let folder: String

  package init(folder: String) { self.folder = folder }

  /// What we wrote, beside what it was written from: `<folder>/<region>/.wpex-inventory.json`.
  private func inventoryFile(_ region: String) -> String { "\(folder)/\(region)/.wpex-inventory.json" }

  package func inventory(of region: String) throws(TargetFailure) -> [LiveObject] {
    guard let data = FileManager.default.contents(atPath: inventoryFile(region)) else { return [] }
    guard let entries = (try? JSON(parsing: data))?["objects"]?.elements else {
      throw TargetFailure(
        .unavailable, "`\(inventoryFile(region))` is damaged; remove the region's folder to write it anew")
    }
    return entries.compactMap { entry in
      guard let apiVersion = entry["apiVersion"]?.text, let kind = entry["kind"]?.text, let name = entry["name"]?.text,
        let org = entry["org"]?.text
      else { return nil }
      let id = ObjectID(apiVersion: apiVersion, kind: kind, namespace: entry["namespace"]?.text, name: name)
      // A file that somebody removed is written again.
      guard FileManager.default.fileExists(atPath: path(id, region)) else { return nil }
      return LiveObject(
        id: id, org: org, relay: entry["relay"]?.text, digest: entry["digest"]?.text,
        isProtected: entry["protected"] == .bool(true))
    }
  }

  package func apply(_ object: RenderedObject) throws(TargetFailure) -> ApplyOutcome {
    let region = object.origin.region
    let id = ObjectID(object.manifest)
    var objects = try inventory(of: region)
    let before = objects.firstIndex { $0.id == id }
    let isSame = before.map { objects[$0].digest == object.digest } ?? false
    let live = LiveObject(
      id: id, org: object.origin.org, relay: object.origin.relay, digest: object.digest,
      isProtected: object.origin.isProtected)
    if let before { objects[before] = live } else { objects.append(live) }
    try write(object.manifest.yaml(), to: path(id, region))
    try save(objects, region)
    return before == nil ? .created : isSame ? .unchanged : .updated
  }

  package func delete(_ object: LiveObject, in region: String) throws(TargetFailure) {
    let file = path(object.id, region)
    do {
      if FileManager.default.fileExists(atPath: file) { try FileManager.default.removeItem(atPath: file) }
    } catch {
      throw TargetFailure(.refused, "`\(file)` cannot be removed")
    }
    try save(try inventory(of: region).filter { $0.id != object.id }, region)
  }

  /// Nothing secret is written to a folder: whoever applies the manifests gives the identities.
  package func provide(_ identity: OrganizationSecret, in region: String) -> ApplyOutcome { .unchanged }

  package func correctDrift(
    in region: String, declared: [RenderedObject]
  ) throws(TargetFailure) -> [DriftCorrection] {
    let known = Dictionary(try inventory(of: region).map { ($0.id, $0) }) { first, _ in first }
    var corrections: [DriftCorrection] = []
    for object in declared {
      let id = ObjectID(object.manifest)
      // Encrypted bundles differ from run to run without a render secret; their files are compared by digest alone.
      guard known[id]?.digest == object.digest, object.manifest.kind != "Secret" else { continue }
      let file = path(id, region)
      guard FileManager.default.contents(atPath: file).map(Array.init) != Array(object.manifest.yaml().utf8) else {
        continue
      }
      try write(object.manifest.yaml(), to: file)
      corrections.append(
        DriftCorrection(id: id, org: object.origin.org, detail: "its file had been changed by another hand"))
    }
    return corrections
  }

  /// A folder runs nothing.
  package func health(of region: String) -> [RelayCondition] { [] }

  package func shutDown() {}

  private func path(_ id: ObjectID, _ region: String) -> String {
    "\(folder)/\(region)/\(id.namespace ?? id.name)/\(id.kind.lowercased())-\(id.name).yaml"
  }

  private func save(_ objects: [LiveObject], _ region: String) throws(TargetFailure) {
    let entries = objects.sorted { $0.id < $1.id }.map { object -> JSON in
      var members: JSON.Members = [
        "apiVersion": .string(object.id.apiVersion), "kind": .string(object.id.kind), "name": .string(object.id.name),
        "org": .string(object.org), "protected": .bool(object.isProtected),
      ]
      if let namespace = object.id.namespace { members["namespace"] = .string(namespace) }
      if let relay = object.relay { members["relay"] = .string(relay) }
      if let digest = object.digest { members["digest"] = .string(digest) }
      return .object(members)
    }
    let document: JSON = ["version": 1, "objects": .array(entries)]
    try write(document.text(.indented) + "\n", to: inventoryFile(region))
  }

  private func write(_ text: String, to file: String) throws(TargetFailure) {
    do {
      let parent = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
      try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
    } catch {
      throw TargetFailure(.unavailable, "`\(file)` cannot be written")
    }
  }
}
