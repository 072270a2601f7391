/// A kind of Kubernetes object, with the fields that wpex writes.
///
/// A conforming type declares `metadata` first and the other fields in the order in which they are written;
/// ``AnyManifest`` puts `apiVersion` and `kind` before them. Nil fields and empty lists and maps are omitted: to the
/// API server, that means the same for every field declared here. An empty structure is written (`podSelector: {}`),
/// because there it makes a difference.
package protocol Manifest: Encodable, Sendable {
  /// API group and version in the newest release of Kubernetes, such as `apps/v1`.
  static var apiVersion: String { get }
  /// Kind, such as `Deployment`.
  static var kind: String { get }
  /// Returns the API group and version for a cluster of release `version`.
  static func apiVersion(for version: KubernetesVersion) -> String
  /// Name, namespace, labels and annotations.
  var metadata: ObjectMeta { get set }
}

extension Manifest {
  package static func apiVersion(for version: KubernetesVersion) -> String { apiVersion }
}
