import FoundationEssentials
import Glibc

/// Search for programs in PATH.
enum ProgramPath {
  private static let standard = "/usr/local/bin:/usr/bin:/bin"

  /// Returns the search path, or a default if it is not set or empty.
  static func folders(_ path: String?) -> String { path.flatMap { $0.isEmpty ? nil : $0 } ?? standard }

  /// Returns the path of a program.
  ///
  /// - Throws: `GitStoreError` if it is not installed.
  static func find(_ name: String, in path: String?) throws(GitStoreError) -> String {
    let candidates: [String] = folders(path).split(separator: ":").map { "\($0)/\(name)" }
    guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else {
      throw GitStoreError(.unreadable, "`\(name)` is not installed, and wpex fetches with it: `apt install \(name)`")
    }
    return found
  }
}
