import Diagnostics
import FoundationEssentials
import YAMLSyntax

/// A kubectl configuration file.
package struct Kubeconfig: Sendable {
  private let root: YAMLNode
  private let path: String

  /// Reads a kubeconfig.
  ///
  /// - Throws: `KubernetesClientError` if the file cannot be read or is not a kubeconfig.
  package init(path: String) throws(KubernetesClientError) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw KubernetesClientError(.invalid, "the kubeconfig `\(path)` cannot be read")
    }
    let parse = YAMLParser.parse(SourceFile(path: path, bytes: Array(data)))
    guard let root = parse.documents.first?.root, root["clusters"]?.sequence != nil else {
      throw KubernetesClientError(.invalid, "`\(path)` is not a kubeconfig")
    }
    self.root = root
    self.path = path
  }

  /// Names of all contexts.
  package var contexts: Set<String> {
    Set((root["contexts"]?.sequence ?? []).compactMap { $0["name"]?.scalar?.text })
  }

  /// Name of the current context; nil without one.
  package var currentContext: String? {
    root["current-context"]?.scalar.flatMap { $0.text.isEmpty ? nil : $0.text }
  }

  /// Returns the access of a context.
  ///
  /// - Parameter name: Name of the context; nil for the current one.
  /// - Throws: `KubernetesClientError` if the context is incomplete or disables TLS verification.
  package func access(context name: String? = nil) throws(KubernetesClientError) -> ClusterAccess {
    guard let context = name ?? root["current-context"]?.scalar?.text, !context.isEmpty else {
      throw KubernetesClientError(.invalid, "`\(path)` has no current context: name one")
    }
    let chosen = try entry("contexts", context)["context"]
    let cluster = try entry("clusters", chosen?["cluster"]?.scalar?.text ?? "")["cluster"]
    let user = try entry("users", chosen?["user"]?.scalar?.text ?? "")["user"]
    guard let server = cluster?["server"]?.scalar?.text, server.hasPrefix("https://") else {
      throw KubernetesClientError(.invalid, "the cluster of context `\(context)` in `\(path)` has no https address")
    }
    if cluster?["insecure-skip-tls-verify"]?.scalar?.text == "true" {
      throw KubernetesClientError(
        .invalid, "`\(path)` disables the check of the server's certificate; name its authority instead")
    }
    return ClusterAccess(
      server: server.hasSuffix("/") ? String(server.dropLast()) : server,
      authority: try bytes(cluster, "certificate-authority"),
      serverName: cluster?["tls-server-name"]?.scalar?.text, credentials: try credentials(user, context),
      namespace: chosen?["namespace"]?.scalar?.text ?? "default")
  }

  private func credentials(_ user: YAMLNode?, _ context: String) throws(KubernetesClientError)
    -> ClusterAccess.Credentials
  {
    if let chain = try bytes(user, "client-certificate"), let key = try bytes(user, "client-key") {
      return .certificate(chain: chain, key: key)
    }
    if let file = user?["tokenFile"]?.scalar?.text { return .tokenFile(absolute(file)) }
    if let token = user?["token"]?.scalar?.text { return .token(token) }
    guard let exec = user?["exec"] else { return .none }
    guard let command = exec["command"]?.scalar?.text, let version = exec["apiVersion"]?.scalar?.text else {
      throw KubernetesClientError(
        .invalid, "the exec plugin of context `\(context)` in `\(path)` has no command or apiVersion")
    }
    var environment: [String: String] = [:]
    for variable in exec["env"]?.sequence ?? [] {
      if let name = variable["name"]?.scalar?.text { environment[name] = variable["value"]?.scalar?.text }
    }
    return .exec(
      ClusterAccess.ExecPlugin(
        apiVersion: version, command: command.contains("/") ? absolute(command) : command,
        arguments: exec["args"]?.sequence?.compactMap(\.scalar?.text) ?? [], environment: environment))
  }

  private func entry(_ list: String, _ name: String) throws(KubernetesClientError) -> YAMLNode {
    guard let found = root[list]?.sequence?.first(where: { $0["name"]?.scalar?.text == name }) else {
      throw KubernetesClientError(.invalid, "`\(path)` has no `\(name)` among its \(list)")
    }
    return found
  }

  /// Returns bytes that are in the kubeconfig itself (`…-data`, base64) or in a file.
  private func bytes(_ node: YAMLNode?, _ name: String) throws(KubernetesClientError) -> [UInt8]? {
    if let text = node?["\(name)-data"]?.scalar?.text {
      guard let data = Data(base64Encoded: text) else {
        throw KubernetesClientError(.invalid, "`\(name)-data` in `\(path)` is not base64")
      }
      return Array(data)
    }
    guard let file = node?[name]?.scalar?.text else { return nil }
    guard let data = FileManager.default.contents(atPath: absolute(file)) else {
      throw KubernetesClientError(.invalid, "`\(absolute(file))`, which `\(path)` names, cannot be read")
    }
    return Array(data)
  }

  /// Resolves a file name relative to the kubeconfig's folder.
  private func absolute(_ file: String) -> String {
    if file.hasPrefix("/") { return file }
    return path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/" + file
  }
}
