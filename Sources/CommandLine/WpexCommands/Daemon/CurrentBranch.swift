import FoundationEssentials

/// The branch that a working copy is on.
enum CurrentBranch {
  /// - Throws: `CommandError` if it is on none.
  static func name(of repository: String) throws -> String {
    guard let name = try read(repository) else {
      throw CommandError(.refused, "`\(repository)` has a detached HEAD: `git switch` to the branch to follow")
    }
    return name
  }

  /// Whether a working copy is on another branch now. One that is on none is in the middle of something, such as a rebase.
  static func other(than branch: String, in repository: String) -> String? {
    guard let now = try? read(repository), now != branch else { return nil }
    return now
  }

  private static func read(_ repository: String) throws -> String? {
    let head = String(decoding: try Files.read("\(try folder(of: repository))/HEAD"), as: UTF8.self)
    let prefix = "ref: refs/heads/"
    return head.hasPrefix(prefix) ? String(head.dropFirst(prefix.count).prefix { !$0.isNewline }) : nil
  }

  /// Git's own folder: `.git`, or what the file of that name says (gitrepository-layout(5)), as in a worktree or submodule.
  private static func folder(of repository: String) throws -> String {
    let path = "\(repository)/.git"
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder else { return path }
    let text = String(decoding: try Files.read(path), as: UTF8.self)
    let prefix = "gitdir: "
    guard text.hasPrefix(prefix) else { throw CommandError(.refused, "`\(path)` is not a file of Git's") }
    let target = text.dropFirst(prefix.count).prefix { !$0.isNewline }
    return target.hasPrefix("/") ? String(target) : "\(repository)/\(target)"
  }
}
