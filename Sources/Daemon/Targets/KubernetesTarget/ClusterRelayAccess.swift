import ConfigCompiler
package import KubernetesClient
import KubernetesModel
import TextFormats
import SyncEngine

/// Access to a relay of a cluster for measurements: whether it runs, and its token. Anyone who can read its Secret can
/// do anything with it.
package struct ClusterRelayAccess: Sendable {
  /// Declared pods.
  package let replicas: Int
  /// Ready pods.
  package let ready: Int
  /// Bearer token of the relay; nil if its Secret has none.
  package let token: String?

  /// Looks up a relay.
  ///
  /// - Returns: Nil if no such relay has been applied.
  /// - Throws: `KubernetesClientError`, including if the caller may not read its Deployment and Secret.
  package static func find(
    _ relay: String, in namespace: String, _ client: KubernetesClient
  ) async throws(KubernetesClientError) -> ClusterRelayAccess? {
    guard
      let deployment = try await object(Deployment.kind, Deployment.apiVersion, relay, namespace, client)
    else { return nil }
    let secret = try await object(Secret.kind, Secret.apiVersion, ObjectNames.bundle(relay), namespace, client)
    return ClusterRelayAccess(
      replicas: deployment["spec"]?["replicas"]?.int ?? 1, ready: deployment["status"]?["readyReplicas"]?.int ?? 0,
      token: secret.flatMap { RelayToken.token(inSecret: $0) })
  }

  private static func object(
    _ kind: String, _ apiVersion: String, _ name: String, _ namespace: String, _ client: KubernetesClient
  ) async throws(KubernetesClientError) -> JSON? {
    guard let path = ResourcePath.one(kind, apiVersion, namespace, name) else { return nil }
    let answer = try await client.ask(.get, path)
    if answer.status == 404 { return nil }
    guard answer.status == 200 else { throw answer.failure("\(kind) \(namespace)/\(name)") }
    return answer.body
  }
}
