import CLibgit2
import Glibc

/// A config repository as it lies on disk. No symbolic link is followed, and nothing but ordinary files is opened.
package struct WorkingFolder: Sendable {
  package let path: String

  /// - Throws: `GitStoreError` where `path` is no folder.
  package init(at path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw GitStoreError(.unreadable, "`\(path)` cannot be read: \(String(cString: strerror(errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw GitStoreError(.unreadable, "`\(path)` is no folder: name the repository's root with --repo")
    }
    self.path = path
  }

  /// Every file below the folder, except Git's own folder at its root and what Git ignores.
  ///
  /// - Throws: `GitStoreError` where a folder cannot be read.
  package func tree() throws -> SourceTree {
    let ignore = IgnoredPaths(at: path)
    var entries: [SourceEntry] = []
    let root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard root >= 0 else { throw unreadable(path) }
    try list(root, prefix: "", ignore, &entries)
    return SourceTree(entries: entries.sorted { $0.path < $1.path })
  }

  /// One file by its path; nil where there is none, it is no ordinary file, or Git ignores it.
  package func entry(_ path: String) -> SourceEntry? {
    var status = stat()
    guard lstat("\(self.path)/\(path)", &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      !IgnoredPaths(at: self.path).contains(path, isFolder: false)
    else { return nil }
    return SourceEntry(path: path, kind: .file, size: Int(status.st_size))
  }

  /// The contents of files by path. Files that are gone or have become something else meanwhile are left out.
  ///
  /// - Throws: `GitStoreError` where a file cannot be read.
  package func contents(of entries: [SourceEntry]) async throws -> [String: [UInt8]] {
    let batch = max(64, entries.count / 16)
    return try await withThrowingTaskGroup(of: [(String, [UInt8])].self) { group in
      for start in stride(from: 0, to: entries.count, by: batch) {
        let slice = entries[start..<min(start + batch, entries.count)]
        group.addTask {
          try slice.compactMap { entry in try read(entry).map { (entry.path, $0) } }
        }
      }
      var contents: [String: [UInt8]] = [:]
      contents.reserveCapacity(entries.count)
      for try await part in group {
        for (path, bytes) in part { contents[path] = bytes }
      }
      return contents
    }
  }

  /// Closes `descriptor`.
  private func list(
    _ descriptor: Int32, prefix: String, _ ignore: IgnoredPaths, _ entries: inout [SourceEntry]
  ) throws {
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
      // The name goes back as the kernel gave it: what is not UTF-8 could not be found by its repaired form.
      let found = withUnsafePointer(to: &entry.pointee.d_name) { raw in
        raw.withMemoryRebound(to: CChar.self, capacity: 256) { fstatat(descriptor, $0, &status, AT_SYMLINK_NOFOLLOW) }
      }
      guard found == 0 else { continue }
      let mode = status.st_mode & S_IFMT
      if ignore.contains(path, isFolder: mode == S_IFDIR) { continue }
      switch mode {
      case S_IFDIR:
        let child = withUnsafePointer(to: &entry.pointee.d_name) { raw in
          raw.withMemoryRebound(to: CChar.self, capacity: 256) {
            openat(descriptor, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
          }
        }
        guard child >= 0 else { throw unreadable(path) }
        try list(child, prefix: path + "/", ignore, &entries)
      case S_IFREG: entries.append(SourceEntry(path: path, kind: .file, size: Int(status.st_size)))
      case S_IFLNK: entries.append(SourceEntry(path: path, kind: .symbolicLink, size: 0))
      default: entries.append(SourceEntry(path: path, kind: .other, size: 0))
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
    // A file may grow between listing and reading: no more than what was judged is ever taken, and one byte tells.
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

/// What Git ignores in a folder, where it lies in a repository.
private struct IgnoredPaths {
  private let repository: Repository?
  /// The folder's path below the repository's working folder, with a final `/`.
  private let prefix: String

  private final class Repository {
    let pointer: OpaquePointer
    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit {
      git_repository_free(pointer)
      git_libgit2_shutdown()
    }

    func isIgnored(_ path: String) -> Bool {
      var isIgnored: Int32 = 0
      return git_ignore_path_is_ignored(&isIgnored, pointer, path) == 0 && isIgnored == 1
    }
  }

  init(at path: String) {
    git_libgit2_init()
    _ = wpex_git_set_owner_validation(0)
    var pointer: OpaquePointer?
    guard git_repository_open_ext(&pointer, path, 0, nil) == 0, let pointer,
      let folder = git_repository_workdir(pointer).map({ String(cString: $0) }), let real = Self.realPath(path),
      (real + "/").hasPrefix(folder)
    else {
      git_libgit2_shutdown()
      repository = nil
      prefix = ""
      return
    }
    let owner = Repository(pointer)
    let path = String((real + "/").dropFirst(folder.count))
    // A folder that is itself ignored (a build's output, a scratch copy) is no part of the repository around it.
    if !path.isEmpty, owner.isIgnored(path) {
      repository = nil
      prefix = ""
      return
    }
    repository = owner
    prefix = path
  }

  func contains(_ path: String, isFolder: Bool) -> Bool {
    repository?.isIgnored(prefix + path + (isFolder ? "/" : "")) ?? false
  }

  private static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}
