import FoundationEssentials
import TestSupport
import Testing

@testable import KubernetesClient

@Suite struct KubeconfigTests {
  private static let token = "very-secret-token"

  /// A kubeconfig with one context `home`.
  private static func text(
    cluster: String = "server: https://192.0.2.1:6443", user: String = "token: very-secret-token",
    context: String = "cluster: c\n    user: u", current: String = "current-context: home"
  ) -> String {
    """
    apiVersion: v1
    kind: Config
    \(current)
    contexts:
    - name: home
      context:
        \(context)
    clusters:
    - name: c
      cluster:
        \(cluster)
    users:
    - name: u
      user:
        \(user)

    """
  }

  /// The access that a kubeconfig gives; files of `extra` are beside it.
  private func access(_ text: String, context: String? = nil, extra: [String: String] = [:]) throws -> ClusterAccess {
    try ExternalCommand.withFolder { folder in
      for (name, content) in extra { try ExternalCommand.write(Array(content.utf8), to: "\(folder)/\(name)") }
      try ExternalCommand.write(Array(text.utf8), to: "\(folder)/config")
      return try Kubeconfig(path: "\(folder)/config").access(context: context)
    }
  }

  private func refusal(_ text: String, context: String? = nil) throws -> String {
    let error = try #require(#expect(throws: KubernetesClientError.self) { try access(text, context: context) })
    #expect(error.kind == .invalid)
    #expect(!error.description.contains(Self.token))
    // Without the folder of the test.
    return error.description.replacing(/`[^`]*\/config`/, with: "`config`")
  }

  @Test func aTokenIsRead() throws {
    let access = try access(Self.text())
    #expect(access.server == "https://192.0.2.1:6443")
    #expect(access.namespace == "default")
    #expect(access.authority == nil && access.serverName == nil)
    guard case .token(Self.token) = access.credentials else { throw ExternalCommand.Failure(what: "no token") }
  }

  @Test func everythingOfAContextIsRead() throws {
    let access = try access(
      Self.text(
        cluster:
          "server: https://api.example.org/\n    tls-server-name: kubernetes\n    certificate-authority-data: Y2E=",
        user: "client-certificate-data: Y2hhaW4=\n    client-key-data: a2V5",
        context: "cluster: c\n    user: u\n    namespace: wpex", current: ""), context: "home")
    #expect(access.server == "https://api.example.org")
    #expect(access.serverName == "kubernetes")
    #expect(access.authority == Array("ca".utf8))
    #expect(access.namespace == "wpex")
    guard case .certificate(let chain, let key) = access.credentials else {
      throw ExternalCommand.Failure(what: "no certificate")
    }
    #expect(chain == Array("chain".utf8) && key == Array("key".utf8))
  }

  @Test func filesAreFoundBesideTheKubeconfig() throws {
    let access = try access(
      Self.text(
        cluster: "server: https://a\n    certificate-authority: pki/ca.crt", user: "tokenFile: pki/token"),
      extra: ["pki/ca.crt": "ca"])
    #expect(access.authority == Array("ca".utf8))
    guard case .tokenFile(let path) = access.credentials else { throw ExternalCommand.Failure(what: "no file") }
    #expect(path.hasPrefix("/") && path.hasSuffix("/pki/token"))
  }

  @Test func anExecPluginKeepsItsArgumentsAndVariables() throws {
    let access = try access(
      Self.text(
        user: """
          exec:
                apiVersion: client.authentication.k8s.io/v1
                command: ./login
                args: [get-token, --short]
                env:
                - name: PROFILE
                  value: staff
          """))
    guard case .exec(let plugin) = access.credentials else { throw ExternalCommand.Failure(what: "no plugin") }
    #expect(plugin.command.hasSuffix("/./login"))
    #expect(plugin.arguments == ["get-token", "--short"])
    #expect(plugin.environment == ["PROFILE": "staff"])
  }

  @Test func aKubeconfigThatIsNotOneIsNamed() throws {
    for text in ["", "a: 1", "clusters: none", "[", "- clusters"] {
      #expect(try refusal(text) == "`config` is not a kubeconfig")
    }
    let missing = #expect(throws: KubernetesClientError.self) { try Kubeconfig(path: "/nowhere/config") }
    #expect(missing?.description == "the kubeconfig `/nowhere/config` cannot be read")
  }

  @Test func whatAContextLacksIsNamed() throws {
    #expect(try refusal(Self.text(current: "")) == "`config` has no current context: name one")
    #expect(try refusal(Self.text(), context: "work") == "`config` has no `work` among its contexts")
    #expect(
      try refusal(Self.text(context: "cluster: d\n    user: u")) == "`config` has no `d` among its clusters")
    #expect(try refusal(Self.text(context: "cluster: c\n    user: v")) == "`config` has no `v` among its users")
    #expect(
      try refusal(Self.text(user: "exec:\n      command: login"))
        == "the exec plugin of context `home` in `config` has no command or apiVersion")
  }

  /// Credentials must go to nobody but the server that the kubeconfig means.
  @Test func anUnverifiedServerIsRefused() throws {
    #expect(
      try refusal(Self.text(cluster: "server: http://192.0.2.1:8080"))
        == "the cluster of context `home` in `config` has no https address")
    #expect(
      try refusal(Self.text(cluster: "server: https://a\n    insecure-skip-tls-verify: true"))
        == "`config` disables the check of the server's certificate; name its authority instead")
  }

  @Test func unreadableCertificatesAreNamed() throws {
    #expect(
      try refusal(Self.text(cluster: "server: https://a\n    certificate-authority-data: '%'"))
        == "`certificate-authority-data` in `config` is not base64")
    let missing = try refusal(Self.text(cluster: "server: https://a\n    certificate-authority: /nowhere/ca.crt"))
    #expect(missing == "`/nowhere/ca.crt`, which `config` names, cannot be read")
    let access = try access(Self.text(cluster: "server: https://a\n    certificate-authority-data: Y2E="))
    let unusable = #expect(throws: KubernetesClientError.self) { try KubernetesClient(access) }
    #expect(unusable?.kind == .invalid)
    #expect(unusable?.description.hasPrefix("the certificates of `https://a` cannot be used") == true)
  }
}
