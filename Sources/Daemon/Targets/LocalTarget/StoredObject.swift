import ConfigCompiler
import KubernetesModel
import TextFormats
import SyncEngine
import DeploymentPlanning

/// An object as it was applied on this machine.
struct StoredObject: Sendable {
  let live: LiveObject
  /// The manifest.
  let body: JSON

  init(_ object: RenderedObject) {
    live = LiveObject(object)
    body = object.manifest.body
  }

  /// Reads what `json` wrote.
  init?(_ json: JSON) {
    guard let apiVersion = json["apiVersion"]?.text, let kind = json["kind"]?.text, let metadata = json["metadata"],
      let name = metadata["name"]?.text, let org = metadata["labels"]?[ObjectMarks.org]?.text
    else { return nil }
    live = LiveObject(
      id: ObjectID(apiVersion: apiVersion, kind: kind, namespace: metadata["namespace"]?.text, name: name), org: org,
      relay: metadata["labels"]?[ObjectMarks.relay]?.text, digest: metadata["annotations"]?[ObjectMarks.digest]?.text,
      isProtected: metadata["annotations"]?[ObjectMarks.deletionProtection]?.text == "true")
    body = json
  }

  var json: JSON { body }

  var replicas: Int { body["spec"]?["replicas"]?.int ?? 1 }

  /// The UDP port of the relay's container.
  var port: Int {
    let container = body["spec"]?["template"]?["spec"]?["containers"]?.elements?.first
    return container?["ports"]?.elements?.first?["containerPort"]?.int ?? 0
  }

  var restartedAt: String? {
    body["spec"]?["template"]?["metadata"]?["annotations"]?["wpex.io/restartedAt"]?.text
  }
}
