import CommitSignatures
import FileAccess
import GitStore
import SyncService
import TestSupport
import Testing

@testable import SyncDaemon

@Suite struct SyncSettingsTests {
  private func settings(
    _ flags: [String: String] = [:], file: String? = nil, environment: [String: String] = [:]
  ) throws -> SyncSettings {
    try SyncSettings(flags: flags, file: file, environment: environment)
  }

  /// Settings of a file with this content.
  private func settings(json: String) throws -> SyncSettings {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write(Array(json.utf8), to: "\(folder)/sync.json")
      return try settings(file: "\(folder)/sync.json")
    }
  }

  private func refusal(_ body: () throws -> Void) throws -> SyncDaemonError {
    try #require(#expect(throws: SyncDaemonError.self, performing: body))
  }

  // MARK: - Precedence

  @Test func flagsComeBeforeTheEnvironmentBeforeTheFileBeforeDefaults() throws {
    try ExternalCommand.withFolder { folder in
      let file = "\(folder)/sync.json"
      let json = #"{"repository": {"branch": "file", "url": "file", "interval": 5}, "state": "file"}"#
      try ExternalCommand.write(Array(json.utf8), to: file)
      let settings = try settings(
        ["repository.url": "flag"], file: file,
        environment: ["WPEX_REPOSITORY_URL": "variable", "WPEX_REPOSITORY_BRANCH": "variable"])
      #expect(settings["repository.url"] == "flag")
      #expect(settings["repository.branch"] == "variable")
      #expect(settings["state"] == "file")
      #expect(settings["repository.interval"] == "5")
      #expect(settings["target.kind"] == "kubernetes")
      #expect(settings["repository.sshKeyFile"] == nil)
    }
  }

  @Test func anEmptyVariableUnsetsOnlyWhatCanBeNone() throws {
    let settings = try settings(environment: ["WPEX_HTTP_LISTEN": "", "WPEX_TARGET_NAMESPACE": ""])
    #expect(settings["http.listen"] == nil)
    #expect(try settings.listen("http.listen") == nil)
    #expect(settings.namespace == "wpex-system")
  }

  @Test(arguments: [
    ("repository.url", "WPEX_REPOSITORY_URL"), ("repository.sshKeyFile", "WPEX_REPOSITORY_SSH_KEY_FILE"),
    ("audit.resumeAt", "WPEX_AUDIT_RESUME_AT"), ("state", "WPEX_STATE"),
  ])
  func aVariableIsNamedAfterItsSetting(_ key: String, _ variable: String) {
    #expect(SyncSettings.Setting(key, "").variable == variable)
  }

  @Test func everySettingHasItsOwnKeyVariableAndLine() {
    let keys = SyncSettings.all.map(\.key)
    #expect(Set(keys).count == keys.count)
    #expect(Set(SyncSettings.all.map(\.variable)).count == keys.count)
    let lines = SyncSettings.table(of: SyncSettings.all).split(separator: "\n")
    #expect(lines.count == keys.count + 1)
    #expect(lines.dropFirst().map { String($0.prefix { $0 != " " }) } == keys)
  }

  // MARK: - The file

  @Test func listsAndFlagsOfAFileBecomeText() throws {
    let settings = try settings(json: #"{"regions": ["eu", "us"], "demonstration": true, "health": {"patience": 1.5}}"#)
    #expect(settings["regions"] == "eu,us")
    #expect(settings["demonstration"] == "true")
    #expect(try settings.number("health.patience", 1...10) == 1.5)
  }

  @Test func anUnknownSettingIsRefused() throws {
    let refusal = try refusal { _ = try settings(json: #"{"repository": {"ulr": "x"}}"#) }
    #expect(refusal.kind == .refused)
    #expect(
      refusal.description.hasSuffix("has an unknown setting `repository.ulr`; `wpex sync settings` lists them all"))
  }

  @Test(arguments: ["[]", "{", "\"x\"", ""])
  func aFileThatIsNotAnObjectIsRefused(_ json: String) throws {
    let refusal = try refusal { _ = try settings(json: json) }
    #expect(refusal.kind == .refused)
    #expect(refusal.description.hasSuffix("is not a JSON object"))
  }

  // MARK: - Values

  @Test(arguments: ["0.5", "86401", "ten", "-1", "nan", ""])
  func aNumberOutOfItsRangeIsRefused(_ text: String) throws {
    let settings = try settings(["drift.interval": text])
    let refusal = try refusal { _ = try settings.number("drift.interval", 1...86_400) }
    #expect(refusal.kind == .usage)
    #expect(refusal.description == "the setting `drift.interval` must be a number from 1 to 86400")
  }

  @Test func anIntervalOfZeroMeansAsOftenAsPossible() throws {
    #expect(try settings(["repository.interval": "0"]).interval() == 0.1)
    #expect(try settings(["repository.interval": "7"]).interval() == 7)
    #expect(try settings().interval() == 30)
  }

  @Test func anAddressToListenOnHasAPort() throws {
    let given = try #require(try settings(["http.listen": "[::1]:8081"]).listen("http.listen"))
    #expect(given == (host: "::1", port: 8081))
    let everywhere = try #require(try settings(["http.listen": ":9000"]).listen("http.listen"))
    #expect(everywhere == (host: "0.0.0.0", port: 9000))
    let refusal = try refusal { _ = try settings(["http.listen": "localhost"]).listen("http.listen") }
    #expect(refusal.kind == .usage)
    #expect(refusal.description == "the setting `http.listen` must be ADDRESS:PORT, such as 0.0.0.0:8081")
  }

  // MARK: - Trust

  @Test func aPinIsAFullCommitID() throws {
    let id = String(repeating: "0aF1", count: 10)
    #expect(try settings(["trust.commit": id]).trust().commit == id.lowercased())
    for short in [String(id.dropLast()), id + "0", String(repeating: "g", count: 40)] {
      let refusal = try refusal { _ = try settings(["trust.commit": short]).trust() }
      #expect(refusal.kind == .usage)
    }
  }

  @Test func trustedKeysAreReadWithoutCommentsAndBlankLines() throws {
    try ExternalCommand.withFolder { folder in
      let line = try key("anna", in: folder)
      let file = "\(folder)/keys"
      try ExternalCommand.write(Array("# platform\r\n\n   \n\(line) anna\n".utf8), to: file)
      #expect(try settings(["trust.keys": file]).trust().keys == [try #require(SSHPublicKey(line: line))])
      try ExternalCommand.write(Array("\(line)\nssh-rsa AAAA\n".utf8), to: file)
      #expect(try refusal { _ = try settings(["trust.keys": file]).trust() }.description.contains("ssh-ed25519"))
      try ExternalCommand.write(Array("# none\n".utf8), to: file)
      #expect(
        try refusal { _ = try settings(["trust.keys": file]).trust() }.description == "`\(file)` has no SSH public key")
      #expect(throws: FileAccessError.self) { try settings(["trust.keys": "\(folder)/missing"]).trust() }
    }
  }

  private func key(_ name: String, in folder: String) throws -> String {
    let made = try ExternalCommand.run(
      "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", "\(folder)/\(name)"], in: folder)
    guard made.status == 0 else { throw ExternalCommand.Failure(what: made.errors) }
    let text = String(decoding: try ExternalCommand.read("\(folder)/\(name).pub"), as: UTF8.self)
    return text.split(separator: " ").prefix(2).joined(separator: " ")
  }

  // MARK: - The repository

  @Test func aRepositoryMustBeNamed() throws {
    try ExternalCommand.withFolder { folder in
      let state = try StateFolder("\(folder)/state")
      let refusal = try refusal { _ = try settings().source(below: state, onNotice: { _ in }) }
      #expect(refusal.kind == .usage)
      #expect(refusal.description.contains("WPEX_REPOSITORY_URL"))
    }
  }

  @Test func aPathWithoutARepositoryIsNamed() throws {
    try ExternalCommand.withFolder { folder in
      let state = try StateFolder("\(folder)/state")
      let settings = try settings(["repository.url": "\(folder)/missing"])
      let refusal = try refusal { _ = try settings.source(below: state, onNotice: { _ in }) }
      #expect(refusal.kind == .failed)
      #expect(refusal.description == "there is no folder or repository `\(folder)/missing`")
    }
  }

  @Test func aPlainFolderIsCommittedAndARepositoryIsFetched() async throws {
    try await ExternalCommand.withFolder { folder in
      let state = try StateFolder("\(folder)/state")
      try ExternalCommand.write(Array("x".utf8), to: "\(folder)/plain/file")
      let plain = try settings(["repository.url": "\(folder)/plain"]).source(below: state, onNotice: { _ in })
      #expect(plain is FolderSource)
      #expect(try await plain.repository.commit(plain.newest().id).parents == [])

      let git = try ExternalCommand.run("git", ["init", "-q", "-b", "main", "\(folder)/git"], in: folder)
      #expect(git.status == 0)
      let cloned = try settings(["repository.url": "\(folder)/git", "repository.branch": "live"])
        .source(below: try StateFolder("\(folder)/other"), onNotice: { _ in })
      #expect(cloned is RemoteSource)
      #expect(cloned.description == "\(folder)/git (live)")
    }
  }

  // MARK: - The state folder

  @Test(arguments: [
    (["WPEX_STATE": "/s", "XDG_STATE_HOME": "/x", "HOME": "/home/anna"], "/s"),
    (["WPEX_STATE": "", "XDG_STATE_HOME": "/x", "HOME": "/home/anna"], "/x/wpex"),
    (["HOME": "/home/anna"], "/home/anna/.local/state/wpex"), (["HOME": "/root"], "/var/lib/wpex"),
    ([:], "/var/lib/wpex"),
  ])
  func theStateFolderHasAStandardPath(_ environment: [String: String], _ path: String) {
    #expect(StateFolder.standardPath(environment) == path)
  }
}
