package import KubernetesModel
import TextFormats

/// API paths of the kinds that wpex writes. The table is fixed, so that no discovery is needed.
package enum ResourcePath {
  /// Kinds in which the daemon keeps its own objects.
  private static let ownKinds = ["Lease", "ConfigMap"]

  private static let plurals = Dictionary(
    uniqueKeysWithValues: (ManagedKinds.inOrder.map { $0.kind } + ownKinds).map { ($0, plural($0)) })

  /// The resource of a kind by the API's own convention: `NetworkPolicy` is `networkpolicies`.
  private static func plural(_ kind: String) -> String {
    let singular = kind.lowercased()
    return singular.hasSuffix("y") ? singular.dropLast() + "ies" : singular + "s"
  }

  /// Returns the path of all objects of a kind, in all namespaces; nil for a kind that wpex does not write.
  package static func all(_ kind: String, _ apiVersion: String) -> String? {
    plurals[kind].map { "\(root(apiVersion))/\($0)" }
  }

  /// Returns the path of one object; nil for a kind that wpex does not write.
  package static func one(_ kind: String, _ apiVersion: String, _ namespace: String?, _ name: String) -> String? {
    guard let plural = plurals[kind] else { return nil }
    let place = namespace.map { "/namespaces/\(KubernetesClient.escaped($0))" } ?? ""
    return "\(root(apiVersion))\(place)/\(plural)/\(KubernetesClient.escaped(name))"
  }

  private static func root(_ apiVersion: String) -> String {
    apiVersion.contains("/") ? "/apis/\(apiVersion)" : "/api/\(apiVersion)"
  }
}

extension KubernetesClient {
  /// Returns the Kubernetes version of the server.
  ///
  /// - Throws: `KubernetesClientError` if the server does not report it.
  package func version(timeout: Double? = nil) async throws(KubernetesClientError) -> KubernetesVersion {
    let answer = try await ask(.get, "/version", timeout: timeout)
    guard answer.status == 200, let major = answer.body["major"]?.text, let minor = answer.body["minor"]?.text,
      let version = KubernetesVersion(parsing: "\(major).\(minor)")
    else { throw answer.failure("/version") }
    return version
  }
}
