import Glibc
import TestSupport
import Testing

@testable import KubernetesClient

@Suite struct TokenSourceTests {
  private func write(_ text: String, to path: String) throws { try ExternalCommand.write(Array(text.utf8), to: path) }

  /// A plugin that runs a shell script.
  private func plugin(_ script: String, in folder: String) throws -> ClusterAccess.ExecPlugin {
    try write("#!/bin/sh\n\(script)\n", to: "\(folder)/plugin")
    guard chmod("\(folder)/plugin", 0o700) == 0 else { throw ExternalCommand.Failure(what: "chmod") }
    return ClusterAccess.ExecPlugin(
      apiVersion: "client.authentication.k8s.io/v1", command: "\(folder)/plugin", arguments: ["a b"],
      environment: ["PROFILE": "staff"])
  }

  @Test func aFileIsReadAgainOnlyWhenItsTokenIsRejected() async throws {
    try await ExternalCommand.withFolder { folder in
      try write("first\n", to: "\(folder)/token")
      let source = TokenSource(.tokenFile("\(folder)/token"))
      #expect(try await source.token() == "first")
      try write(" second \n", to: "\(folder)/token")
      #expect(try await source.token() == "first")
      await source.forget()
      #expect(try await source.token() == "second")
    }
  }

  @Test func aMissingFileMayComeBack() async throws {
    let error = await #expect(throws: KubernetesClientError.self) {
      try await TokenSource(.tokenFile("/nowhere/token")).token()
    }
    #expect(error?.kind == .unavailable)
    #expect(error?.description == "the token file `/nowhere/token` cannot be read")
  }

  @Test func certificatesNeedNoToken() async throws {
    #expect(try await TokenSource(.none).token() == nil)
    #expect(try await TokenSource(.certificate(chain: [1], key: [2])).token() == nil)
    #expect(try await TokenSource(.token("t")).token() == "t")
  }

  @Test func aPluginIsCalledWithItsArgumentsAndVariables() async throws {
    try await ExternalCommand.withFolder { folder in
      let script =
        #"printf '{"status": {"token": "%s/%s"}}' "$1" "$PROFILE"; echo "$KUBERNETES_EXEC_INFO" > \#(folder)/info"#
      let source = TokenSource(.exec(try plugin(script, in: folder)))
      #expect(try await source.token() == "a b/staff")
      let info = String(decoding: try ExternalCommand.read("\(folder)/info"), as: UTF8.self)
      #expect(info.contains("client.authentication.k8s.io/v1") && info.contains("ExecCredential"))
    }
  }

  @Test func aPluginThatFailsIsNamedWithoutItsOutput() async throws {
    try await ExternalCommand.withFolder { folder in
      let failing = try plugin(#"echo '{"status": {"token": "s3cret"}}'; exit 1"#, in: folder)
      let failure = await #expect(throws: KubernetesClientError.self) { try await TokenSource(.exec(failing)).token() }
      #expect(failure?.kind == .unavailable)
      #expect(failure?.description == "the exec plugin `\(folder)/plugin` failed")
      let talking = try plugin("echo password: s3cret", in: folder)
      let other = await #expect(throws: KubernetesClientError.self) { try await TokenSource(.exec(talking)).token() }
      #expect(other?.kind == .invalid)
      #expect(
        other?.description == "the exec plugin `\(folder)/plugin` did not print an ExecCredential with a token")
    }
  }
}
