import CLibgit2
import Glibc

/// A config repository on disk. Symbolic links are not followed, and only regular files are opened.
package struct WorkingFolder: Sendable {
  /// The folder's path.
  package let path: String

  /// Checks that `path` is a folder.
  ///
  /// - Throws: `GitStoreError` if it is not.
  package init(at path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw GitStoreError(.unreadable, "`\(path)` cannot be read: \(String(cString: strerror(errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw GitStoreError(.unreadable, "`\(path)` is not a folder: name the repository's root with --repo")
    }
    self.path = path
  }

  /// Lists the files below the folder. Excludes `.git` at its root, and untracked files that are ignored or temporary
  /// files of an editor. Includes tracked files that a sparse checkout leaves out.
  ///
  /// - Parameter isIdentified: whether to compute each file's object id.
  /// - Throws: `GitStoreError` if a folder, the index or the ignore patterns cannot be read.
  package func tree(isIdentified: Bool = false) throws -> SourceTree {
    var listing = Listing(git: try FolderInGit.find(path), isIdentified: isIdentified)
    let root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard root >= 0 else { throw unreadable(path) }
    try list(root, prefix: "", &listing)
    if let git = listing.git {
      listing.entries += try git.entriesLeftOut(present: Set(listing.entries.map(\.path)))
    }
    return SourceTree(entries: listing.entries.sorted { $0.path < $1.path })
  }

  /// Returns one file; nil if it does not exist, is not a regular file, or is not part of the repository.
  package func entry(_ path: String) -> SourceEntry? {
    var status = stat()
    guard lstat("\(self.path)/\(path)", &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let git = try? Listing(git: FolderInGit.find(self.path), isIdentified: false),
      (try? git.leavesOut(path, isFolder: false)) == false
    else { return nil }
    return SourceEntry(path: path, kind: .file, size: Int(status.st_size))
  }

  /// The folder's path relative to the root of its Git repository, with a trailing `/`; empty at the root and outside a
  /// repository.
  package var prefix: String { (try? FolderInGit.find(path))?.prefix ?? "" }

  /// Whether Git would ignore a new file at a path.
  ///
  /// - Throws: `GitStoreError` if the index or the ignore patterns cannot be read.
  package func isIgnored(_ path: String) throws -> Bool {
    guard let git = try FolderInGit.find(self.path) else { return false }
    return try git.isIgnored(path) && git.tracked().entries[path] == nil
  }

  /// Reads files and returns their contents by path. Omits files that have since been deleted or replaced by something
  /// else.
  ///
  /// - Throws: `GitStoreError` if a file cannot be read.
  package func contents(of entries: [SourceEntry]) async throws -> [String: [UInt8]] {
    let leftOut = entries.filter { !$0.isCheckedOut }
    let entries = leftOut.isEmpty ? entries : entries.filter(\.isCheckedOut)
    let batch = max(64, entries.count / 16)
    return try await withThrowingTaskGroup(of: [(String, [UInt8])].self) { group in
      for start in stride(from: 0, to: entries.count, by: batch) {
        let slice = entries[start..<min(start + batch, entries.count)]
        group.addTask {
          try slice.compactMap { entry in try read(entry).map { (entry.path, $0) } }
        }
      }
      var contents = try leftOut.isEmpty ? [:] : FolderInGit.find(path)?.contents(of: leftOut) ?? [:]
      contents.reserveCapacity(entries.count)
      for try await part in group {
        for (path, bytes) in part { contents[path] = bytes }
      }
      return contents
    }
  }

  /// State of a listing in progress.
  private struct Listing {
    let git: FolderInGit?
    let isIdentified: Bool
    var entries: [SourceEntry] = []

    /// Whether a path is not part of the repository.
    func leavesOut(_ path: String, isFolder: Bool) throws -> Bool {
      let name = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8[$0...].dropFirst() } ?? path.utf8[...]
      // Emacs' lock files and macOS' AppleDouble files are next to the file that they belong to.
      let isOfEditor = !isFolder && (name.starts(with: ".#".utf8) || name.starts(with: "._".utf8))
      guard try isOfEditor || git?.isIgnored(path + (isFolder ? "/" : "")) == true else { return false }
      guard let tracked = try git?.tracked() else { return true }
      return isFolder ? !tracked.folders.contains(path) : tracked.entries[path] == nil
    }

    mutating func add(_ path: String, _ kind: SourceEntry.Kind, _ status: stat) throws {
      let size = kind == .file ? Int(status.st_size) : 0
      let identity = try isIdentified && kind != .other ? git?.identity(of: path, status) : nil
      entries.append(SourceEntry(path: path, kind: kind, size: size, identity: identity))
    }
  }

  /// Lists an open folder recursively. Closes `descriptor`.
  private func list(_ descriptor: Int32, prefix: String, _ listing: inout Listing) throws {
    guard let folder = fdopendir(descriptor) else {
      close(descriptor)
      throw unreadable(prefix)
    }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name != ".", name != "..", !(prefix.isEmpty && name == ".git") else { continue }
      let path = prefix + name
      var status = stat()
      // Passes the name on as the kernel returned it, because a name that is not UTF-8 differs from its decoded form.
      let found = withUnsafePointer(to: &entry.pointee.d_name) { raw in
        raw.withMemoryRebound(to: CChar.self, capacity: 256) { fstatat(descriptor, $0, &status, AT_SYMLINK_NOFOLLOW) }
      }
      guard found == 0 else { continue }
      let mode = status.st_mode & S_IFMT
      if try listing.leavesOut(path, isFolder: mode == S_IFDIR) { continue }
      switch mode {
      case S_IFDIR:
        let child = withUnsafePointer(to: &entry.pointee.d_name) { raw in
          raw.withMemoryRebound(to: CChar.self, capacity: 256) {
            openat(descriptor, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
          }
        }
        guard child >= 0 else { throw unreadable(path) }
        // Git treats a nested repository as a single entry.
        if try listing.git?.tracked().entries[path]?.isSubmodule == true || faccessat(child, ".git", F_OK, 0) == 0 {
          close(child)
          try listing.add(path, .submodule, status)
          continue
        }
        try list(child, prefix: path + "/", &listing)
      case S_IFREG: try listing.add(path, .file, status)
      case S_IFLNK: try listing.add(path, .symbolicLink, status)
      default: try listing.add(path, .other, status)
      }
    }
  }

  private func read(_ entry: SourceEntry) throws -> [UInt8]? {
    let descriptor = open("\(path)/\(entry.path)", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ELOOP { return nil }
      throw unreadable(entry.path)
    }
    defer { close(descriptor) }
    // A file may grow between listing and reading. Reading one byte more than the listed size detects that without
    // reading the rest.
    var bytes = [UInt8](repeating: 0, count: entry.size + 1)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
      }
      if got < 0 {
        if errno == EINTR { continue }
        throw unreadable(entry.path)
      }
      if got == 0 { break }
      count += got
    }
    guard count <= entry.size else {
      throw GitStoreError(.unreadable, "`\(entry.path)` changed while it was read: run the command again")
    }
    bytes.removeSubrange(count...)
    return bytes
  }

  private func unreadable(_ path: String) -> GitStoreError {
    GitStoreError(.unreadable, "`\(path)` cannot be read: \(String(cString: strerror(errno)))")
  }
}
