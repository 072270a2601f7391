import ProcessSupport
import FoundationEssentials
import Glibc
import TextFormats

/// Current bearer token. Files are read again every minute, and exec plugins called again every five minutes.
actor TokenSource {
  /// A thread of its own, because a plugin may block.
  private let executor = DedicatedThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private let credentials: ClusterAccess.Credentials
  private var known: (token: String, until: ContinuousClock.Instant)?

  private static let fileLife = Duration.seconds(60)
  private static let execLife = Duration.seconds(300)

  init(_ credentials: ClusterAccess.Credentials) { self.credentials = credentials }

  deinit { executor.stop() }

  /// Returns the bearer token; nil if there is none or a certificate is used.
  ///
  /// - Throws: `KubernetesClientError` if the file or plugin fails.
  func token() throws(KubernetesClientError) -> String? {
    if let known, ContinuousClock.now < known.until { return known.token }
    switch credentials {
    case .none, .certificate: return nil
    case .token(let token): return token
    case .tokenFile(let path):
      guard let data = FileManager.default.contents(atPath: path) else {
        throw KubernetesClientError(.unavailable, "the token file `\(path)` cannot be read")
      }
      let token = String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }
      known = (token, .now + Self.fileLife)
      return token
    case .exec(let plugin):
      let token = try run(plugin)
      known = (token, .now + Self.execLife)
      return token
    }
  }

  /// Discards the token because the server rejected it, so that the next request gets a new one.
  func forget() { known = nil }

  private func run(_ plugin: ClusterAccess.ExecPlugin) throws(KubernetesClientError) -> String {
    let info: JSON = [
      "apiVersion": .string(plugin.apiVersion), "kind": "ExecCredential", "spec": ["interactive": false],
    ]
    var environment = ProcessInfo.processInfo.environment
    environment.merge(plugin.environment) { _, new in new }
    environment["KUBERNETES_EXEC_INFO"] = info.text(.compact)
    guard let output = CapturedCommand.run(plugin.command, plugin.arguments, environment) else {
      throw KubernetesClientError(.unavailable, "the exec plugin `\(plugin.command)` failed")
    }
    guard let token = (try? JSON(parsing: output))?["status"]?["token"]?.text else {
      throw KubernetesClientError(
        .invalid, "the exec plugin `\(plugin.command)` did not print an ExecCredential with a token")
    }
    return token
  }
}

/// Runs a command and captures its standard output.
enum CapturedCommand {
  /// Returns the output, at most about 1 MiB; nil if the command fails.
  static func run(_ command: String, _ arguments: [String], _ environment: [String: String]) -> [UInt8]? {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    var argv = ([command] + arguments).map { strdup($0) }
    var envp = environment.map { strdup("\($0)=\($1)") }
    defer { for text in argv + envp { free(text) } }
    argv.append(nil)
    envp.append(nil)
    var child: pid_t = 0
    let status = posix_spawnp(&child, command, &actions, nil, argv, envp)
    close(ends[1])
    guard status == 0 else { return nil }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while output.count < 1 << 20 {
      let count = read(ends[0], &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      output += buffer[..<count]
    }
    var ended: Int32 = 0
    while waitpid(child, &ended, 0) < 0, errno == EINTR {}
    return ended == 0 ? output : nil
  }
}
