import FoundationEssentials

/// Where an API server is, whom it must be, and how we show who we are. Nothing secret of it is ever shown.
package struct ClusterAccess: Sendable {
  /// `https://host:port`, without a slash at the end.
  package let server: String
  /// Certificates of the server's authority, as PEM; nil for those of the system.
  let authority: [UInt8]?
  /// The name that the server's certificate carries, where it is not the host's.
  let serverName: String?
  let credentials: Credentials
  /// The namespace that commands mean by themselves.
  package let namespace: String

  enum Credentials: Sendable {
    case none
    /// PEM.
    case certificate(chain: [UInt8], key: [UInt8])
    case token(String)
    /// A file that is replaced from time to time, as Kubernetes does with mounted service account tokens.
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

  /// Where Kubernetes mounts what a pod needs.
  private static let mounted = "/var/run/secrets/kubernetes.io/serviceaccount"

  /// The access of a pod.
  ///
  /// - Throws: `KubernetesFailure` outside of one.
  package static func inCluster() throws(KubernetesFailure) -> ClusterAccess {
    let environment = ProcessInfo.processInfo.environment
    guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"],
      let authority = FileManager.default.contents(atPath: "\(mounted)/ca.crt")
    else {
      throw KubernetesFailure(
        .invalid, "this is not a pod of a cluster: name a kubeconfig, or run where `in-cluster` means something")
    }
    let namespace = FileManager.default.contents(atPath: "\(mounted)/namespace").map {
      String(decoding: $0, as: UTF8.self)
    }
    return ClusterAccess(
      server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)", authority: Array(authority),
      serverName: nil,
      credentials: .tokenFile("\(mounted)/token"), namespace: namespace ?? "default")
  }
}

/// Why the API server, or the way to it, did not do something.
package struct KubernetesFailure: Error, Sendable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// The kubeconfig, or what was asked for, cannot be.
    case invalid
    /// It cannot be reached, or is overloaded: asking again later may help.
    case unavailable
    /// It answered with this status, for good.
    case status(UInt)
  }

  package let kind: Kind
  package let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
