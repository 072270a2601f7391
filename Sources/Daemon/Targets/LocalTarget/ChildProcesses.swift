import ProcessSupport
import CChildProcess
import FoundationEssentials
import Glibc

/// Starts child processes from one thread that lives as long as the program: the kernel ends the children along with
/// that thread, unless they are meant to go on.
actor ChildProcesses {
  private let executor = DedicatedThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// The only instance. Its thread must not end before the program does, so it is never released.
  static let shared = ChildProcesses()

  /// Thrown if a child process cannot be started.
  struct Refused: Error, CustomStringConvertible {
    let description: String
  }

  /// A child process to start.
  struct Start: Sendable {
    var arguments: [String]
    /// Working folder.
    var folder: String
    /// File to which its output is appended.
    var log: String
    /// Whether it goes on when this program ends.
    var outlives: Bool
    var confinement: RelayConfinement
  }

  /// Starts a child process.
  ///
  /// - Parameter secret: Bytes that the child can read as `/dev/fd/3`, kept only in memory.
  /// - Returns: The process id.
  /// - Throws: `Refused` if the log cannot be written or the program cannot be started.
  func start(_ start: Start, secret: [UInt8]) throws -> pid_t {
    let path = start.confinement.program
    let descriptor = open(start.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Refused(description: "the log `\(start.log)` cannot be written") }
    defer { close(descriptor) }
    var memory = child_memory_file(secret, secret.count)
    guard memory >= 0 else { throw Refused(description: "the kernel cannot create a memory file") }
    defer { close(memory) }
    // The relay must not inherit the daemon's environment.
    let environment = ["PATH=/usr/bin:/bin", "LANG=C.UTF-8"]
    var argv = ([path] + start.arguments).map { strdup($0) }
    var envp = environment.map { strdup($0) }
    let places = start.confinement.paths.compactMap { place in
      strdup(place.path).map { child_path(path: $0, access: place.access) }
    }
    defer {
      for text in argv + envp { free(text) }
      for place in places { free(UnsafeMutablePointer(mutating: place.path)) }
    }
    argv.append(nil)
    envp.append(nil)
    var child: pid_t = 0
    let error = places.withUnsafeBufferPointer { places in
      guard let first = places.baseAddress else { return EINVAL }
      var confinement = child_confinement(
        paths: first, count: Int32(places.count), port: UInt16(truncatingIfNeeded: start.confinement.statisticsPort))
      return withUnsafePointer(to: &confinement) { confinement in
        start.folder.withCString { folder in
          var options = child_options(folder: folder, outlives: start.outlives, confinement: confinement)
          return child_start_with(path, &argv, &envp, descriptor, descriptor, &memory, 1, &options, &child)
        }
      }
    }
    guard error == 0 else {
      throw Refused(description: "`\(path)` cannot be started: \(String(cString: strerror(error)))")
    }
    return child
  }
}
