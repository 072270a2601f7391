import FoundationEssentials
import Glibc

/// The environment that lets `git` access one repository: a configuration that replaces the user's and the system's,
/// and secrets in memory files, which disappear with the process. No secret is in an argument, a variable or a file on
/// disk.
struct RemoteAccess {
  let address: GitAddress
  /// The complete environment of the `git` process.
  let environment: [String]
  /// Contents of memory files, which become the child's descriptors from `firstDescriptor` on.
  let files: [[UInt8]]
  /// A hash of the secret, to detect that it was replaced; nil if there is none.
  let secret: Int?

  /// The descriptor of the configuration; the secret and the known hosts follow.
  static let firstDescriptor = 4

  /// Reads the credentials and composes the environment.
  ///
  /// - Parameters:
  ///   - home: a folder without any user's files, for HOME.
  ///   - surroundings: this process's environment, of which PATH and the proxy variables are passed on.
  /// - Throws: `GitStoreError` if a file cannot be read, or if an SSH address has no file of known hosts.
  init(
    _ address: GitAddress, _ credentials: GitCredentials, timeouts: GitTimeouts, home: String,
    surroundings: [String: String]
  ) throws(GitStoreError) {
    self.address = address
    var configuration = Self.ownConfiguration
    var environment = [
      "PATH=\(ProgramPath.folders(surroundings["PATH"]))", "HOME=\(home)", "LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1",
      "GIT_CONFIG_SYSTEM=/dev/null", "GIT_CONFIG_GLOBAL=/proc/self/fd/\(Self.firstDescriptor)",
      "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=https:http:ssh:git:file",
      // Traces the connection's progress, without its content, as a sign of life.
      "GIT_TRACE_CURL=3", "GIT_TRACE_CURL_NO_DATA=1", "GIT_TRACE_PACKET=3",
    ]
    for (name, value) in surroundings.sorted(by: { $0.key < $1.key }) where Self.proxies.contains(name) {
      environment.append("\(name)=\(value)")
    }
    var secretBytes: [UInt8] = []
    var hosts: [UInt8] = []
    switch address.transport {
    case .http:
      configuration += Self.ownEnd(after: timeouts.silence)
      var password = address.password
      if let file = credentials.passwordFile { password = Self.line(try Self.read(file, "the password or token")) }
      if let password {
        secretBytes = Array(
          "username=\(Self.line(credentials.username ?? address.user ?? "git"))\npassword=\(Self.line(password))\n".utf8
        )
        configuration += Self.credentialHelper(for: address.server)
      }
      if let file = credentials.certificatesFile {
        _ = try Self.read(file, "the certificates")
        configuration +=
          "[http]\n\tsslCAInfo = \(GitConfigurationText.quoted(file))\n\tsslCAPath = \(GitConfigurationText.quoted("\(home)/refs"))\n"
      }
    case .ssh:
      guard let known = credentials.knownHostsFile else {
        throw GitStoreError(
          .unreadable,
          "`\(address.shown)` cannot be fetched: the key of `\(address.host)` is not known: `knownHostsFile` must name a file "
            + "in OpenSSH's form")
      }
      hosts = Self.text(try Self.read(known, "the known hosts"))
      if let file = credentials.privateKeyFile { secretBytes = Self.text(try Self.read(file, "the private key")) }
      environment += [
        "GIT_SSH_COMMAND=\(Self.sshCommand(address, credentials, connect: timeouts.connect))",
        "GIT_SSH_VARIANT=ssh",
      ]
    case .git, .local: break
    }
    self.environment = environment
    files = [Array(configuration.utf8), secretBytes, hosts]
    secret = secretBytes.isEmpty ? nil : secretBytes.hashValue
  }

  private static let proxies: Set = [
    "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
  ]

  /// The repository may belong to another owner; nothing in it is executed. wpex packs the mirror itself.
  private static let ownConfiguration = """
    [safe]
    \tdirectory = *
    [gc]
    \tauto = 0
    [maintenance]
    \tauto = false
    [fetch]
    \twriteCommitGraph = false
    \trecurseSubmodules = false
    [http]
    \tfollowRedirects = initial

    """

  /// Makes a transfer end on its own if it outlives this process, which may be killed.
  private static func ownEnd(after silence: Double) -> String {
    "[http]\n\tlowSpeedLimit = 1\n\tlowSpeedTime = \(2 * max(1, Int(silence.rounded(.up))))\n"
  }

  /// Returns a credential helper that answers for the configured server only: Git selects helpers by scheme, host and
  /// port, after a redirect too.
  private static func credentialHelper(for server: String) -> String {
    let helper =
      "!f() { if test \"$1\" = get; then while IFS= read -r line; do printf '%s\\n' \"$line\"; done "
      + "</proc/self/fd/\(firstDescriptor + 1); fi; }; f"
    return "[credential \(GitConfigurationText.quoted(server))]\n\thelper = \(GitConfigurationText.quoted(helper))\n"
  }

  /// Returns an OpenSSH command that ignores the user's and the system's configuration. OpenSSH closes inherited
  /// descriptors, so it reopens the files through the `/proc` folder of the `git` that started it.
  private static func sshCommand(_ address: GitAddress, _ credentials: GitCredentials, connect: Double) -> String {
    let key = credentials.privateKeyFile == nil ? "none" : "/proc/$PPID/fd/\(firstDescriptor + 1)"
    var options = [
      "BatchMode=yes", "StrictHostKeyChecking=yes", "UserKnownHostsFile=/proc/$PPID/fd/\(firstDescriptor + 2)",
      "GlobalKnownHostsFile=/dev/null", "UpdateHostKeys=no", "CheckHostIP=no", "VerifyHostKeyDNS=no",
      "IdentitiesOnly=yes", "IdentityAgent=none", "IdentityFile=\(key)", "PreferredAuthentications=publickey",
      "ConnectTimeout=\(max(1, Int(connect.rounded(.up))))", "ServerAliveInterval=15", "ServerAliveCountMax=2",
      "ForwardAgent=no", "ClearAllForwardings=yes", "ControlMaster=no", "ControlPath=none", "LogLevel=ERROR",
    ]
    if address.user == nil {
      let user = line(credentials.username ?? "git").replacing("'", with: "'\\''")
      options.append("'User=\(user)'")
    }
    return "ssh -F /dev/null" + options.map { " -o \($0)" }.joined()
  }

  // MARK: - Text

  private static func line(_ bytes: [UInt8]) -> String { line(String(decoding: bytes, as: UTF8.self)) }

  private static func line(_ text: String) -> String { text.filter { !$0.isNewline && $0 != "\0" } }

  /// Returns text with LF line endings, including after the last line: OpenSSH rejects a key without the final one.
  private static func text(_ bytes: [UInt8]) -> [UInt8] {
    let lines = bytes.filter { $0 != UInt8(ascii: "\r") }
    return lines.last == UInt8(ascii: "\n") ? lines : lines + [UInt8(ascii: "\n")]
  }

  private static func read(_ file: String, _ what: String) throws(GitStoreError) -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw GitStoreError(.unreadable, "\(what) of `\(file)` cannot be read: \(String(cString: strerror(errno)))")
    }
    return Array(data)
  }
}
