/// One kind of object of the Kubernetes API, with the fields wpex writes.
///
/// A conforming type declares `metadata` first and the other fields in the order in which they are to be written;
/// ``AnyManifest`` puts `apiVersion` and `kind` before them. An optional field that is nil is not written, and neither is
/// an empty list or map: in every field declared here that says the same to the API server as an absent one. An empty
/// structure is written (`podSelector: {}`), because there it differs.
package protocol Manifest: Encodable, Sendable {
  /// Group and version as in `apps/v1`, in the newest release of Kubernetes.
  static var apiVersion: String { get }
  /// The kind as in `Deployment`.
  static var kind: String { get }
  /// Group and version to write for a cluster of release `version`.
  static func apiVersion(for version: KubernetesVersion) -> String
  /// Who the object is.
  var metadata: ObjectMeta { get set }
}

extension Manifest {
  package static func apiVersion(for version: KubernetesVersion) -> String { apiVersion }
}
