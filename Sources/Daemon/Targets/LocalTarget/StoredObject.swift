import ConfigCompiler
import KubernetesModel
import TextFormats
import SyncEngine
import DeploymentPlanning

/// An object as applied on this machine.
struct StoredObject: Sendable {
  /// Identity of the object, and the labels and annotations that wpex uses.
  let live: LiveObject
  /// The whole manifest.
  let body: JSON

  init(_ object: RenderedObject) {
    live = LiveObject(object)
    body = object.manifest.body
  }

  /// Decodes an object from its manifest; nil if the identity or the organization's label is missing.
  init?(_ json: JSON) {
    guard let apiVersion = json["apiVersion"]?.text, let kind = json["kind"]?.text, let metadata = json["metadata"],
      let name = metadata["name"]?.text, let org = metadata["labels"]?[ObjectMetadataKeys.org]?.text
    else { return nil }
    live = LiveObject(
      id: ObjectID(apiVersion: apiVersion, kind: kind, namespace: metadata["namespace"]?.text, name: name), org: org,
      relay: metadata["labels"]?[ObjectMetadataKeys.relay]?.text,
      digest: metadata["annotations"]?[ObjectMetadataKeys.digest]?.text,
      isProtected: metadata["annotations"]?[ObjectMetadataKeys.deletionProtection]?.text == "true")
    body = json
  }

  /// The stored form of the object.
  var json: JSON { body }

  /// Declared number of replicas.
  var replicas: Int { body["spec"]?["replicas"]?.int ?? 1 }

  /// UDP port of the relay's container; 0 if there is none.
  var port: Int {
    container?["ports"]?.elements?.first?["containerPort"]?.int ?? 0
  }

  /// Names of the relay's regions; empty unless it has several.
  var regions: [String] {
    body["metadata"]?["annotations"]?[ObjectMetadataKeys.regions]?.text?.split(separator: ",").map(String.init) ?? []
  }

  /// UDP port at which the relay's regions reach each other; nil unless it has several.
  var clusterPort: Int? {
    guard !regions.isEmpty else { return nil }
    return container?["ports"]?.elements?.first { $0["name"]?.text == "cluster" }?["containerPort"]?.int
  }

  private var container: JSON? { body["spec"]?["template"]?["spec"]?["containers"]?.elements?.first }

  /// Public keys of which one must have signed the relay's files.
  var verifierKeys: [String] {
    container?["args"]?.elements?.compactMap { argument in
      guard let text = argument.text, text.hasPrefix(RelayArguments.verifierKey) else { return nil }
      return String(text.dropFirst(RelayArguments.verifierKey.count))
    } ?? []
  }

  /// Time of the last requested restart.
  var restartedAt: String? {
    body["spec"]?["template"]?["metadata"]?["annotations"]?["wpex.io/restartedAt"]?.text
  }
}
