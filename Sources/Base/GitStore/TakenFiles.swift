import CLibgit2
import Glibc

/// A check whether `git add` would accept a file.
package enum TakenFiles {
  /// Returns the working folder in which `git add` would accept a file, whether or not it exists; nil if there is none.
  ///
  /// A repository that cannot be opened counts as one without ignored files.
  ///
  /// - Parameter path: absolute, without symbolic links.
  package static func workingFolder(taking path: String) -> String? {
    var folder = parent(of: path)
    while folder != "/", !isFolder(folder) { folder = parent(of: folder) }
    let flags = GIT_REPOSITORY_OPEN_CROSS_FS.rawValue
    let opened = try? GitHandle { reason in
      GitStoreError(.unsupported, reason)
    } open: {
      git_repository_open_ext(&$0, folder, flags, nil)
    }
    guard let handle = opened else { return unreadableRepository(around: folder) }
    defer { withExtendedLifetime(handle) {} }
    let pointer = handle.pointer
    guard let root = handle.workingFolder, path.utf8.starts(with: root.utf8),
      !isBelow(git_repository_path(pointer), path), !isBelow(git_repository_commondir(pointer), path)
    else { return nil }
    let relative = String(decoding: path.utf8.dropFirst(root.utf8.count), as: UTF8.self)
    var isIgnored: Int32 = 0
    guard git_ignore_path_is_ignored(&isIgnored, pointer, relative) == 0, isIgnored == 1,
      !isTracked(relative, in: pointer)
    else { return root.utf8.count > 1 ? String(root.dropLast()) : root }
    return nil
  }

  /// Tracked files are committed even if a pattern ignores them.
  private static func isTracked(_ path: String, in repository: OpaquePointer) -> Bool {
    var index: OpaquePointer?
    guard git_repository_index(&index, repository) == 0, let index else { return true }
    defer { git_index_free(index) }
    return git_index_get_bypath(index, path, 0) != nil
  }

  private static func isBelow(_ folder: UnsafePointer<CChar>?, _ path: String) -> Bool {
    guard let folder = folder.map({ String(cString: $0) }), !folder.isEmpty else { return false }
    return path.utf8.starts(with: (folder.hasSuffix("/") ? folder : folder + "/").utf8)
  }

  private static func unreadableRepository(around start: String) -> String? {
    var folder = start
    while true {
      var status = stat()
      if lstat(folder == "/" ? "/.git" : folder + "/.git", &status) == 0 { return folder }
      if folder == "/" { return nil }
      folder = parent(of: folder)
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func parent(of path: String) -> String {
    let parts = path.split(separator: "/").dropLast()
    return "/" + parts.joined(separator: "/")
  }
}
