import ProcessSupport
import CChildProcess
import FoundationEssentials
import Glibc

/// Starts children from one thread that lives as long as the program: the kernel ends them when it does.
actor ChildProcesses {
  private let executor = DedicatedThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// The thread must not end before the program: then neither may this.
  static let shared = ChildProcesses()

  struct Refused: Error, CustomStringConvertible {
    let description: String
  }

  /// - Parameter secret: what the child reads as `/dev/fd/3`; it lies in memory only.
  /// - Returns: The child's number.
  func start(_ path: String, _ arguments: [String], log: String, secret: [UInt8]?) throws -> pid_t {
    let descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Refused(description: "the log `\(log)` cannot be written") }
    defer { close(descriptor) }
    var memory: Int32 = -1
    if let secret {
      memory = child_memory_file(secret, secret.count)
      guard memory >= 0 else { throw Refused(description: "the kernel gives no memory file") }
    }
    defer { if memory >= 0 { close(memory) } }
    // Nothing of the daemon's environment is the relay's business.
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
