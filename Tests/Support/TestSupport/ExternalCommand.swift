import FoundationEssentials
import Glibc

/// Runs external commands.
package struct ExternalCommand {
  /// Result of a command.
  package struct Outcome: Sendable {
    /// Exit status; 128 plus the signal's number if a signal ended the process.
    package let status: Int32
    package let output: String
    package let errors: String
    /// Maximum resident memory in KiB.
    package let peakMemory: Int
  }

  /// Error of a test's own steps.
  package struct Failure: Error {
    package let what: String
    package init(what: String) { self.what = what }
  }

  /// Path of a command on `PATH`; nil if it is not installed.
  package static func path(of name: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Calls `body` with a fresh folder, which is removed afterwards.
  package static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = try makeFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }

  /// Calls `body` with a fresh folder, which is removed afterwards.
  package static func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = try makeFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
  }

  private static func makeFolder() throws -> String {
    let folder = FileManager.default.temporaryDirectory.path + "/wpex-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return folder
  }

  /// Whether there is a file or folder at a path.
  package static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Writes a file, and creates the folders above it.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  /// Reads a file.
  ///
  /// - Throws: `Failure` if it cannot be read.
  package static func read(_ path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else { throw Failure(what: "cannot read \(path)") }
    return Array(data)
  }

  /// Copies a file or folder.
  package static func copy(_ source: String, to target: String) throws {
    try FileManager.default.copyItem(atPath: source, toPath: target)
  }

  /// Runs a program in a folder; its output files are kept elsewhere, so the folder has only what the program leaves.
  ///
  /// - Parameter program: a path, or a name that is looked up on `PATH`.
  /// - Throws: `Failure` if it cannot be started.
  package static func run(
    _ program: String, _ arguments: [String], in place: String, input: [UInt8] = [], environment: [String: String] = [:]
  ) throws -> Outcome {
    try withFolder { folder in
      try run(
        "/usr/bin/env", ["--chdir=\(place)", program] + arguments, folder: folder, input: input,
        environment: environment)
    }
  }

  /// Runs the program at a path.
  ///
  /// - Parameters:
  ///   - folder: folder for the temporary files with input and output; other files in it do not matter.
  ///   - input: standard input.
  ///   - environment: variables that override those of this process.
  /// - Throws: `Failure` if it cannot be started.
  package static func run(
    _ path: String, _ arguments: [String], folder: String, input: [UInt8] = [], environment: [String: String] = [:]
  ) throws -> Outcome {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let name = "\(folder)/.run-\(UUID().uuidString)"
    try write(input, to: name + ".in")
    posix_spawn_file_actions_addopen(&actions, 0, name + ".in", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, name + ".out", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, name + ".err", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    defer { for suffix in ["in", "out", "err"] { unlink("\(name).\(suffix)") } }
    var variables = ProcessInfo.processInfo.environment
    variables.merge(environment) { _, new in new }
    var argv = ([path] + arguments).map { strdup($0) }
    var envp = variables.map { strdup("\($0)=\($1)") }
    defer { for text in argv + envp { free(text) } }
    argv.append(nil)
    envp.append(nil)
    var pid: pid_t = 0
    guard posix_spawn(&pid, path, &actions, nil, argv, envp) == 0 else { throw Failure(what: "cannot start \(path)") }
    var status: Int32 = 0
    var usage = rusage()
    while wait4(pid, &status, 0, &usage) == -1 {
      guard errno == EINTR else { throw Failure(what: "cannot wait for \(path)") }
    }
    return Outcome(
      status: status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F),
      output: String(decoding: try read(name + ".out"), as: UTF8.self),
      errors: String(decoding: try read(name + ".err"), as: UTF8.self), peakMemory: Int(usage.ru_maxrss))
  }
}

/// External checkers that `scripts/setup` installs.
package enum Judge {
  /// Path of a Python with the packages of scripts/requirements.txt.
  package static var python: String {
    ProcessInfo.processInfo.environment["WPEX_PYTHON"] ?? packageRoot + "/.venv/bin/python"
  }

  /// Runs a script of scripts/judges.
  ///
  /// - Throws: `ExternalCommand.Failure` if Python is not installed.
  package static func run(_ script: String, _ arguments: String..., folder: String) throws -> ExternalCommand.Outcome {
    guard ExternalCommand.exists(python) else {
      throw ExternalCommand.Failure(what: "the judges are not installed: run `scripts/setup`")
    }
    return try ExternalCommand.run(python, ["\(packageRoot)/scripts/judges/\(script)"] + arguments, folder: folder)
  }

  /// Value of an environment variable that `make test` sets.
  package static func variable(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

  /// Folder beside the checkout for external test vectors. It need not exist.
  package static let vectors = packageRoot + "/../shared/vectors"
}
