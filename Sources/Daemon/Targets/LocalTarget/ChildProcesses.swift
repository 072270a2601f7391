import ProcessSupport
import CChildProcess
import FoundationEssentials
import Glibc

/// Starts child processes from one thread that lives as long as the program: the kernel ends the children along with
/// that thread.
actor ChildProcesses {
  private let executor = DedicatedThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// The only instance. Its thread must not end before the program does, so it is never released.
  static let shared = ChildProcesses()

  /// Thrown if a child process cannot be started.
  struct Refused: Error, CustomStringConvertible {
    let description: String
  }

  /// Starts a child process.
  ///
  /// - Parameters:
  ///   - path: Path of the program.
  ///   - arguments: Its arguments.
  ///   - log: File to which its output is appended.
  ///   - secret: Bytes that the child can read as `/dev/fd/3`, kept only in memory.
  /// - Returns: The process id.
  /// - Throws: `Refused` if the log cannot be written or the program cannot be started.
  func start(_ path: String, _ arguments: [String], log: String, secret: [UInt8]?) throws -> pid_t {
    let descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Refused(description: "the log `\(log)` cannot be written") }
    defer { close(descriptor) }
    var memory: Int32 = -1
    if let secret {
      memory = child_memory_file(secret, secret.count)
      guard memory >= 0 else { throw Refused(description: "the kernel cannot create a memory file") }
    }
    defer { if memory >= 0 { close(memory) } }
    // The relay must not inherit the daemon's environment.
    let environment = ["PATH=/usr/bin:/bin", "LANG=C.UTF-8"]
    var argv = ([path] + arguments).map { strdup($0) }
    var envp = environment.map { strdup($0) }
    defer { for text in argv + envp { free(text) } }
    argv.append(nil)
    envp.append(nil)
    var child: pid_t = 0
    let error = child_start(path, &argv, &envp, descriptor, descriptor, &memory, memory >= 0 ? 1 : 0, &child)
    guard error == 0 else {
      throw Refused(description: "`\(path)` cannot be started: \(String(cString: strerror(error)))")
    }
    return child
  }
}
