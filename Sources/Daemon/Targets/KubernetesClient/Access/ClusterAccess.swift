import FoundationEssentials
import TextFormats

/// Address of an API server, how to verify it, and the client's credentials. Secrets in it are never shown.
package struct ClusterAccess: Sendable {
  /// `https://host:port`, without a trailing slash.
  package let server: String
  /// Certificates of the server's authority as PEM; nil for the system's.
  let authority: [UInt8]?
  /// Name in the server's certificate, if it differs from the host.
  let serverName: String?
  let credentials: Credentials
  /// Default namespace for commands.
  package let namespace: String

  /// How the client authenticates.
  enum Credentials: Sendable {
    case none
    /// A client certificate, as PEM.
    case certificate(chain: [UInt8], key: [UInt8])
    case token(String)
    /// A file that is replaced from time to time, as mounted service account tokens are.
    case tokenFile(String)
    case exec(ExecPlugin)
  }

  /// A program that prints credentials (client.authentication.k8s.io).
  struct ExecPlugin: Sendable {
    let apiVersion: String
    let command: String
    let arguments: [String]
    let environment: [String: String]
  }

  /// Folder where Kubernetes mounts a pod's service account.
  private static let mounted = "/var/run/secrets/kubernetes.io/serviceaccount"

  /// Returns the access of the pod that this process runs in.
  ///
  /// - Throws: `KubernetesClientError` outside a pod.
  package static func inCluster() throws(KubernetesClientError) -> ClusterAccess {
    let environment = ProcessInfo.processInfo.environment
    guard let host = environment["KUBERNETES_SERVICE_HOST"],
      let number = environment["KUBERNETES_SERVICE_PORT"].flatMap({ UInt16($0) }),
      let authority = FileManager.default.contents(atPath: "\(mounted)/ca.crt")
    else {
      throw KubernetesClientError(
        .invalid,
        "this process does not run in a pod of a cluster: name a kubeconfig, or run it where `in-cluster` works")
    }
    let namespace = FileManager.default.contents(atPath: "\(mounted)/namespace").map {
      String(decoding: $0, as: UTF8.self)
    }
    return ClusterAccess(
      server: "https://\(HostPort.text(host, number))", authority: Array(authority),
      serverName: nil,
      credentials: .tokenFile("\(mounted)/token"), namespace: namespace ?? "default")
  }
}
