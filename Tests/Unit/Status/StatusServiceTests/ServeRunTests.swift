import FileAccess
import FleetCollectors
import Glibc
import KeyBundles
import StatusServer
import SyncDaemon
import TestSupport
import Testing

@testable import StatusService

@Suite struct ServeRunTests {
  private func run(_ flags: [String: String]) throws -> ServeRun {
    ServeRun(
      settings: try SyncSettings(
        flags: flags, file: nil, of: ServeSettings.all, listedBy: "wpex serve settings", environment: [:]),
      onNotice: { _ in })
  }

  private func refusal(_ body: () throws -> Void) throws -> StatusServiceError {
    try #require(#expect(throws: StatusServiceError.self, performing: body))
  }

  @Test func settingsOfTheRepositoryAreTheDaemons() throws {
    let keys = ServeSettings.all.map(\.key)
    #expect(Set(keys).count == keys.count)
    for setting in SyncSettings.all where setting.key.hasPrefix("repository.") { #expect(keys.contains(setting.key)) }
    #expect(try run([:]).settings["http.listen"] == "127.0.0.1:8420")
  }

  // MARK: - Where relays run

  @Test func relaysAreObservedInTheClusterOrByADocument() throws {
    let documented = try run(["target.kind": "none", "sync.state": "/state"])
    let reports = try #require(try documented.reports(nil) as? DocumentReports)
    #expect(reports.file == "/state/status.json")
    #expect(try documented.runtimes(nil, reports).map(\.name) == ["status document"])
    let blind = try run(["target.kind": "none"])
    #expect(try blind.reports(nil) == nil)
    #expect(try blind.runtimes(nil, nil).isEmpty)
    let wrong = try refusal { _ = try run(["target.kind": "local"]).runtimes(nil, nil) }
    #expect(wrong.kind == .usage)
    #expect(wrong.description == "the setting `target.kind` must be kubernetes or none")
  }

  // MARK: - Proxies

  @Test func aProxyIsAnAddressOrANetwork() throws {
    let networks = try run(["http.trustedProxies": "192.0.2.7, 10.0.0.0/8,2001:db8::1"]).trustedProxies()
    #expect(networks.count == 3)
    #expect(try run([:]).trustedProxies().isEmpty)
    let wrong = try refusal { _ = try run(["http.trustedProxies": "10.0.0.0/8,proxy"]).trustedProxies() }
    #expect(wrong.description == "the setting `http.trustedProxies` has addresses and networks, and `proxy` is neither")
  }

  // MARK: - Secrets

  @Test func aMissingTokenIsCreatedForItsOwnerOnly() throws {
    try ExternalCommand.withFolder { folder in
      let run = try run(["http.tokenFile": "\(folder)/token"])
      let token = try #require(try run.token())
      #expect(token.utf8.count >= 32)
      var status = stat()
      #expect(stat("\(folder)/token", &status) == 0 && status.st_mode & 0o777 == 0o600)
      // The next start uses the same one.
      #expect(try run.token() == token)
      #expect(try self.run([:]).token() == nil)
    }
  }

  @Test func aShortTokenIsRefused() throws {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write(Array("short\n".utf8), to: "\(folder)/token")
      let refusal = try refusal { _ = try run(["http.tokenFile": "\(folder)/token"]).token() }
      #expect(refusal.kind == .refused)
      #expect(refusal.description.contains("is shorter than 32 characters"))
      let unwritable = try self.refusal { _ = try run(["http.tokenFile": "\(folder)/none/token"]).token() }
      #expect(unwritable.kind == .failed)
    }
  }

  @Test func aCursorSecretHasThirtyTwoBytes() throws {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write([UInt8](repeating: 7, count: 31), to: "\(folder)/short")
      try ExternalCommand.write([UInt8](repeating: 7, count: 32), to: "\(folder)/good")
      let refusal = try refusal { _ = try run(["http.cursorSecretFile": "\(folder)/short"]).cursorSecret() }
      #expect(refusal.description == "`\(folder)/short` has fewer than 32 bytes")
      #expect(try run(["http.cursorSecretFile": "\(folder)/good"]).cursorSecret() != nil)
      #expect(throws: FileAccessError.self) {
        try run(["http.cursorSecretFile": "\(folder)/missing"]).cursorSecret()
      }
    }
  }

  // MARK: - Logins

  @Test(arguments: [
    (["oidc.issuer": "http://id.example.org"], "the setting `oidc.issuer` must be an https address"),
    (["oidc.issuer": "https://id.example.org"], "`oidc.issuer` needs `http.publicAddress`"),
    (
      ["oidc.issuer": "https://id.example.org", "http.publicAddress": "https://status.example.org"],
      "`oidc.issuer` needs `oidc.client`"
    ),
    (["jwt.issuer": "https://id.example.org"], "`jwt.issuer` needs `jwt.audience` and `jwt.keysFile`"),
  ])
  func anIncompleteProviderIsRefused(_ flags: [String: String], _ text: String) throws {
    let refusal = try refusal { _ = try ServeAccess(run(flags).settings) }
    #expect(refusal.kind == .usage)
    #expect(refusal.description.hasPrefix(text))
  }

  @Test func aKeySetMustHaveAKey() throws {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write(Array(#"{"keys": []}"#.utf8), to: "\(folder)/keys")
      let flags = ["jwt.issuer": "https://id.example.org", "jwt.audience": "wpex", "jwt.keysFile": "\(folder)/keys"]
      let refusal = try refusal { _ = try ServeAccess(run(flags).settings) }
      #expect(refusal.kind == .refused)
      #expect(refusal.description.hasPrefix("`\(folder)/keys` is not a JWK set with a usable key"))
    }
  }

  @Test func withoutProvidersOnlyTokensAreAccepted() throws {
    let access = try ServeAccess(run([:]).settings)
    #expect(access.providers == nil)
    #expect(access.issuedTokens == nil)
  }
}
