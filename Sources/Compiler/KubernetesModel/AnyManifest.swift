package import TextFormats

/// A manifest of any kind, encoded: what is sorted, compared and written.
package struct AnyManifest: Sendable, Equatable {
  package let apiVersion: String
  package let kind: String
  /// nil for objects of the cluster, and where the manifest leaves it to whoever applies it.
  package let namespace: String?
  package let name: String
  /// The whole object, `apiVersion`, `kind` and `metadata` first.
  package let body: JSON

  /// Encodes `manifest` for a cluster of release `version`.
  ///
  /// - Throws: `EncodingError` where a field holds a value that JSON cannot carry.
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

  /// The object as one YAML document with a final line break.
  package func yaml() -> String { body.yaml() }
}

extension AnyManifest: Comparable {
  /// Orders by kind as they depend on each other, then by namespace and name, bytewise.
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
