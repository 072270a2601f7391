import FileAccess
import FoundationEssentials
import Glibc

/// Path of the `wpex-relay` program.
package enum RelayProgram {
  /// Returns the given path, or else the program beside wpex or on `PATH`.
  ///
  /// - Throws: `SyncDaemonError` if there is none, or if the given one cannot be executed.
  package static func find(_ given: String?) throws -> String {
    if let given {
      guard access(given, X_OK) == 0 else {
        throw SyncDaemonError(.failed, "`\(given)` is not a program that can be run")
      }
      return given
    }
    var candidates: [String] = []
    if let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
      candidates.append(
        Files.parent(of: own) + "/wpex-relay")
    }
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin"
    candidates += path.split(separator: ":").map { "\($0)/wpex-relay" }
    guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else {
      throw SyncDaemonError(.failed, "wpex-relay was not found next to wpex or on PATH: name it with --relay")
    }
    return found
  }
}
