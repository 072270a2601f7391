import FileAccess
import FoundationEssentials

/// Branch that a working copy has checked out.
package enum CurrentBranch {
  /// Returns the branch of a working copy.
  ///
  /// - Throws: `SyncDaemonError` if it is on none.
  package static func name(of repository: String) throws -> String {
    guard let name = try read(repository) else {
      throw SyncDaemonError(.refused, "`\(repository)` has a detached HEAD: `git switch` to the branch to follow")
    }
    return name
  }

  /// Returns the branch of a working copy if it is another one; nil if it is on `branch`, or on none, as during a rebase.
  package static func other(than branch: String, in repository: String) -> String? {
    guard let now = try? read(repository), now != branch else { return nil }
    return now
  }

  private static func read(_ repository: String) throws -> String? {
    let head = String(decoding: try Files.read("\(try folder(of: repository))/HEAD"), as: UTF8.self)
    let prefix = "ref: refs/heads/"
    return head.hasPrefix(prefix) ? String(head.dropFirst(prefix.count).prefix { !$0.isNewline }) : nil
  }

  /// Git's folder: `.git`, or the one that a file of that name points to, as in a worktree or submodule
  /// (gitrepository-layout(5)).
  private static func folder(of repository: String) throws -> String {
    let path = "\(repository)/.git"
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder else { return path }
    let text = String(decoding: try Files.read(path), as: UTF8.self)
    let prefix = "gitdir: "
    guard text.hasPrefix(prefix) else { throw SyncDaemonError(.refused, "`\(path)` is not a file of Git's") }
    let target = text.dropFirst(prefix.count).prefix { !$0.isNewline }
    return target.hasPrefix("/") ? String(target) : "\(repository)/\(target)"
  }
}
