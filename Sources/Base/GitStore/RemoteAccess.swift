import FoundationEssentials
import Glibc

/// What `git` is given to reach one repository: a configuration of its own in place of the user's and the system's, and
/// secrets in memory files, which end with it. Nothing secret is in an argument, a variable or a file on a disk.
struct RemoteAccess {
  let address: GitAddress
  /// The `git` process's whole environment.
  let environment: [String]
  /// Memory files: the child's descriptors from `firstDescriptor` on.
  let files: [[UInt8]]
  /// What the secret is known by, to tell whether it was replaced; nil if there is none.
  let secret: Int?

  /// The configuration's descriptor; the secret follows, and then the known hosts.
  static let firstDescriptor = 4

  /// - Parameters:
  ///   - home: a folder that has nothing of a user's.
  ///   - surroundings: this program's environment, of which the proxies and PATH are handed on.
  /// - Throws: `GitStoreError` if a file cannot be read.
  init(
    _ address: GitAddress, _ credentials: GitCredentials, patience: GitPatience, home: String,
    surroundings: [String: String]
  ) throws(GitStoreError) {
    self.address = address
    var configuration = Self.ownConfiguration
    var environment = [
      "PATH=\(ProgramPath.folders(surroundings["PATH"]))", "HOME=\(home)", "LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1",
      "GIT_CONFIG_SYSTEM=/dev/null", "GIT_CONFIG_GLOBAL=/proc/self/fd/\(Self.firstDescriptor)",
      "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=https:http:ssh:git:file",
      // What the connection does, line by line, and nothing of what is sent in it: a sign of life.
      "GIT_TRACE_CURL=3", "GIT_TRACE_CURL_NO_DATA=1", "GIT_TRACE_PACKET=3",
    ]
    for (name, value) in surroundings.sorted(by: { $0.key < $1.key }) where Self.proxies.contains(name) {
      environment.append("\(name)=\(value)")
    }
    var secretBytes: [UInt8] = []
    var hosts: [UInt8] = []
    switch address.transport {
    case .http:
      configuration += Self.ownEnd(after: patience.silence)
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
        "GIT_SSH_COMMAND=\(Self.sshCommand(address, credentials, connect: patience.connect))",
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

  /// A repository of another owner is read, and nothing of it is executed. The mirror is tidied by ourselves.
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

  /// A transfer that outlives this process, which may be killed, ends by itself.
  private static func ownEnd(after silence: Double) -> String {
    "[http]\n\tlowSpeedLimit = 1\n\tlowSpeedTime = \(2 * max(1, Int(silence.rounded(.up))))\n"
  }

  /// Answers for the configured server alone: Git asks by scheme, host and port, after a redirect too.
  private static func credentialHelper(for server: String) -> String {
    let helper =
      "!f() { if test \"$1\" = get; then while IFS= read -r line; do printf '%s\\n' \"$line\"; done "
      + "</proc/self/fd/\(firstDescriptor + 1); fi; }; f"
    return "[credential \(GitConfigurationText.quoted(server))]\n\thelper = \(GitConfigurationText.quoted(helper))\n"
  }

  /// OpenSSH with nothing of the user's or the system's configuration. It closes what it inherits, and so opens its files
  /// again by the number of the `git` that started it.
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

  /// With lines that end as OpenSSH has them, the last one too: a key that lost its last one would not be read.
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

/// Finds programs.
enum ProgramPath {
  private static let standard = "/usr/local/bin:/usr/bin:/bin"

  /// The folders to look in.
  static func folders(_ path: String?) -> String { path.flatMap { $0.isEmpty ? nil : $0 } ?? standard }

  /// - Throws: `GitStoreError` if it is not installed.
  static func find(_ name: String, in path: String?) throws(GitStoreError) -> String {
    let candidates: [String] = folders(path).split(separator: ":").map { "\($0)/\(name)" }
    guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else {
      throw GitStoreError(.unreadable, "`\(name)` is not installed, and wpex fetches with it: `apt install \(name)`")
    }
    return found
  }
}
