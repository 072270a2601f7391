import ConfigCompiler
import KeyBundles
import TextFormats
import SyncEngine

/// The objects of a region as an apply set (KEP-3659): a label on every member identifies the parent.
struct ApplySet {
  /// Label of members; its value is the id of the set.
  static let memberLabel = "applyset.kubernetes.io/part-of"

  /// Name of the parent.
  let name: String
  /// Namespace of the parent.
  let namespace: String
  /// Id of the set, derived from name, namespace and kind of the parent (KEP-3659).
  let id: String

  init(region: String, namespace: String) throws(TargetError) {
    name = "wpex-\(region)"
    self.namespace = namespace
    do {
      let digest = try SHA256Digest.bytes(of: Array("\(name).\(namespace).ConfigMap.".utf8))
      id = "applyset-\(Base64URL.encode(digest))-v1"
    } catch {
      throw TargetError(.refused, "\(error)")
    }
  }

  /// Label selector of the members.
  var selector: String { "\(Self.memberLabel)=\(id)" }

  /// Returns an object with the member label added.
  func member(_ body: JSON) -> JSON {
    guard case .object(var members) = body, case .object(var metadata)? = members["metadata"] else { return body }
    var labels = JSON.Members()
    if case .object(let known)? = metadata["labels"] { labels = known }
    labels[Self.memberLabel] = .string(id)
    metadata["labels"] = .object(labels)
    members["metadata"] = .object(metadata)
    return .object(members)
  }

  /// Returns the parent, a ConfigMap that lists the kinds of the members.
  func parent(kinds: [(kind: String, apiVersion: String)]) -> JSON {
    let names = kinds.map { kind, apiVersion in
      let group = apiVersion.split(separator: "/").first.map(String.init) ?? ""
      return apiVersion.contains("/") ? "\(kind).\(group)" : kind
    }
    return [
      "apiVersion": "v1", "kind": "ConfigMap",
      "metadata": [
        "name": .string(name), "namespace": .string(namespace),
        "labels": [
          "applyset.kubernetes.io/id": .string(id), ObjectMetadataKeys.managedBy: .string(ObjectMetadataKeys.manager),
        ],
        "annotations": [
          "applyset.kubernetes.io/tooling": "wpex/v1",
          "applyset.kubernetes.io/contains-group-kinds": .string(names.sorted().joined(separator: ",")),
        ],
      ],
    ]
  }
}
