import CommitSignatures
import FileAccess
import FoundationEssentials
import GitStore
import ProcessSupport
package import SyncService
import TextFormats

extension SyncSettings {
  /// Returns the source for the followed repository, with its credentials and time limits.
  ///
  /// - Parameters:
  ///   - folder: the folder for its mirror.
  ///   - onNotice: called with one line if the mirror had to be made again.
  /// - Throws: `SyncDaemonError` or `GitStoreError` if the settings do not name a usable repository.
  package func source(
    below folder: StateFolder, onNotice: @escaping @Sendable (String) -> Void
  ) throws -> any RepositorySource {
    guard let url = self["repository.url"] else {
      throw SyncDaemonError(
        .usage, "no repository to follow: name it with --repo, WPEX_REPOSITORY_URL or `repository.url`")
    }
    let mirror = "\(folder.path)/repository.git"
    // A path that exists is meant, even if it looks like an address.
    let isThere = Files.exists(url)
    let isPath = try GitAddress(url).transport == .local
    guard isThere || !isPath || url.contains("://") else {
      throw SyncDaemonError(.failed, "there is no folder or repository `\(url)`")
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
  /// - Throws: `SyncDaemonError` if it is not a number in range.
  package func interval() throws -> Double { max(0.1, try number("repository.interval", 0...86_400)) }

  /// Returns what a first start trusts.
  ///
  /// - Throws: `SyncDaemonError` if a pin is invalid, `FileAccessError` if its file cannot be read.
  package func trust() throws -> TrustPolicy {
    var trust = TrustPolicy(commit: self["trust.commit"]?.lowercased())
    if let commit = trust.commit, commit.utf8.count != 40 || !commit.utf8.allSatisfy(\.isHexadecimalDigit) {
      throw SyncDaemonError(.usage, "the setting `trust.commit` must be a commit's full id: 40 hexadecimal digits")
    }
    if let file = self["trust.keys"] {
      for line in try Files.read(file).split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
        let text = String(decoding: line, as: UTF8.self)
        guard !text.utf8.allSatisfy({ $0 == 0x20 }), text.utf8.first != UInt8(ascii: "#") else { continue }
        guard let key = SSHPublicKey(line: text) else {
          throw SyncDaemonError(
            .refused,
            "`\(file)` has a line that is not an SSH public key of a kind that can sign: ssh-ed25519 or sk-ssh-ed25519")
        }
        trust.keys.append(key)
      }
      guard !trust.keys.isEmpty else { throw SyncDaemonError(.refused, "`\(file)` has no SSH public key") }
    }
    return trust
  }

  /// Returns the address of a setting `ADDRESS:PORT` to listen on; nil if the setting is empty.
  ///
  /// - Throws: `SyncDaemonError` if it has another form.
  package func listen(_ key: String) throws -> (host: String, port: Int)? {
    guard let listen = self[key] else { return nil }
    guard let address = HostPort(listen, acceptsBareIPv6: true) else {
      throw SyncDaemonError(.usage, "the setting `\(key)` must be ADDRESS:PORT, such as 0.0.0.0:8081")
    }
    return (address.host.isEmpty ? "0.0.0.0" : address.host, Int(address.port))
  }
}

extension UInt8 {
  fileprivate var isHexadecimalDigit: Bool { (0x30...0x39).contains(self) || (0x61...0x66).contains(self) }
}
