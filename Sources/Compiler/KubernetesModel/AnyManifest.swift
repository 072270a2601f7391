package import TextFormats

/// An encoded manifest of any kind, ready to be sorted, compared and written.
package struct AnyManifest: Sendable, Equatable {
  /// API group and version, such as `apps/v1`.
  package let apiVersion: String
  /// Kind, such as `Deployment`.
  package let kind: String
  /// Namespace; nil for cluster-scoped objects, and if the manifest leaves the choice to the program that applies it.
  package let namespace: String?
  /// Name of the object.
  package let name: String
  /// The whole object, with `apiVersion`, `kind` and `metadata` first.
  package let body: JSON

  /// Encodes `manifest` for a cluster of release `version`.
  ///
  /// - Throws: `EncodingError` if a field contains a value that JSON cannot express.
  package init<Kind: Manifest>(_ manifest: Kind, for version: KubernetesVersion = .newest) throws {
    apiVersion = Kind.apiVersion(for: version)
    kind = Kind.kind
    namespace = manifest.metadata.namespace
    name = manifest.metadata.name
    var members: JSON.Members = ["apiVersion": .string(apiVersion), "kind": .string(kind)]
    if case .object(let fields) = try ManifestEncoder().encode(manifest) {
      for field in fields.pairs { members.append(field.name, field.value) }
    }
    body = .object(members)
  }

  /// Returns the object as one YAML document with a final line break.
  package func yaml() -> String { body.yaml() }
}

extension AnyManifest: Comparable {
  /// Orders by kind, dependencies first, and then bytewise by namespace and name.
  package static func < (left: AnyManifest, right: AnyManifest) -> Bool {
    let ranks = (ManagedKinds.rank(of: left.kind), ManagedKinds.rank(of: right.kind))
    if ranks.0 != ranks.1 { return ranks.0 < ranks.1 }
    for path in [\AnyManifest.kind, \.apiVersion, \.namespaceOrEmpty, \.name] {
      let (one, other) = (left[keyPath: path].utf8, right[keyPath: path].utf8)
      if !one.elementsEqual(other) { return one.lexicographicallyPrecedes(other) }
    }
    return false
  }

  private var namespaceOrEmpty: String { namespace ?? "" }
}
