import CommitSignatures
import FileAccess
import FoundationEssentials
import GitStore
import ProcessSupport
import SyncService
import TextFormats

extension SyncSettings {
  /// Returns the source for the followed repository, with its credentials and time limits.
  ///
  /// - Parameters:
  ///   - folder: the folder for its mirror.
  ///   - command: the prefix of notices on standard error.
  /// - Throws: `CommandError` or `GitStoreError` if the settings do not name a usable repository.
  func source(below folder: StateFolder, as command: String) throws -> any RepositorySource {
    guard let url = self["repository.url"] else {
      throw CommandError(
        .usage, "no repository to follow: name it with --repo, WPEX_REPOSITORY_URL or `repository.url`")
    }
    let mirror = "\(folder.path)/repository.git"
    let onNotice: @Sendable (String) -> Void = { Terminal.error("\(command): \($0)") }
    // A path that exists is meant, even if it looks like an address.
    let isThere = Files.exists(url)
    let isPath = try GitAddress(url).transport == .local
    guard isThere || !isPath || url.contains("://") else {
      throw CommandError(.failed, "there is no folder or repository `\(url)`")
    }
    if isThere, !Files.exists("\(url)/.git"), !Files.exists("\(url)/HEAD") {
      return try FolderSource(folder: url, author: UserName.current, mirror: mirror, onNotice: onNotice)
    }
    var credentials = GitCredentials()
    credentials.username = self["repository.username"]
    credentials.passwordFile = self["repository.passwordFile"]
    credentials.privateKeyFile = self["repository.sshKeyFile"]
    credentials.knownHostsFile = self["repository.knownHostsFile"]
    credentials.certificatesFile = self["repository.certificatesFile"].map(Self.absolute)
    var timeouts = GitTimeouts()
    timeouts.connect = try number("repository.connectTimeout", 0.1...86_400)
    timeouts.silence = try number("repository.silenceTimeout", 0.1...86_400)
    timeouts.whole = try number("repository.fetchTimeout", 0.1...86_400)
    return try RemoteSource(
      url: isThere ? Self.absolute(url) : url, branch: self["repository.branch"] ?? "main", credentials: credentials,
      timeouts: timeouts, mirror: mirror, folder: self["repository.path"] ?? "", onNotice: onNotice)
  }

  private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

  /// Seconds between passes, at least 0.1: a setting of 0 means as often as possible.
  ///
  /// - Throws: `CommandError` if it is not a number in range.
  func interval() throws -> Double { max(0.1, try number("repository.interval", 0...86_400)) }

  /// Returns what a first start trusts.
  ///
  /// - Throws: `CommandError` if a pin cannot be read.
  func trust() throws -> TrustPolicy {
    var trust = TrustPolicy(commit: self["trust.commit"]?.lowercased())
    if let commit = trust.commit, commit.utf8.count != 40 || !commit.utf8.allSatisfy(\.isHexadecimalDigit) {
      throw CommandError(.usage, "the setting `trust.commit` must be a commit's full id: 40 hexadecimal digits")
    }
    if let file = self["trust.keys"] {
      for line in try Files.read(file).split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
        let text = String(decoding: line, as: UTF8.self)
        guard !text.utf8.allSatisfy({ $0 == 0x20 }), text.utf8.first != UInt8(ascii: "#") else { continue }
        guard let key = SSHPublicKey(line: text) else {
          throw CommandError(
            .refused,
            "`\(file)` has a line that is not an SSH public key of a kind that can sign: ssh-ed25519 or sk-ssh-ed25519")
        }
        trust.keys.append(key)
      }
      guard !trust.keys.isEmpty else { throw CommandError(.refused, "`\(file)` has no SSH public key") }
    }
    return trust
  }

  /// Returns the address of a setting `ADDRESS:PORT` to listen on; nil if the setting is empty.
  ///
  /// - Throws: `CommandError` if it has another form.
  func listen(_ key: String) throws -> (host: String, port: Int)? {
    guard let listen = self[key] else { return nil }
    guard let address = HostPort(listen, acceptsBareIPv6: true) else {
      throw CommandError(.usage, "the setting `\(key)` must be ADDRESS:PORT, such as 0.0.0.0:8081")
    }
    return (address.host.isEmpty ? "0.0.0.0" : address.host, Int(address.port))
  }
}

extension UInt8 {
  fileprivate var isHexadecimalDigit: Bool { (0x30...0x39).contains(self) || (0x61...0x66).contains(self) }
}
