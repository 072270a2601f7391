import CLibgit2
import Glibc

/// Git's lock on an index, together with the index that will replace it. The old index is unchanged until `commit()`.
final class IndexLock {
  private let index: OpaquePointer
  private let path: String
  /// The path at which the next index is written before it becomes the lock file's content: libgit2 takes a lock of its
  /// own for writing, so it cannot write to the lock file.
  private static func draft(of path: String) -> String { "\(path).wpex-\(getpid())" }
  private var isHeld = true

  /// Acquires the lock and reads the index.
  ///
  /// - Throws: `GitStoreError` if another program holds the lock, or if the index cannot be read or has unmerged files.
  init(_ path: String) throws {
    self.path = path
    let descriptor = open(path + ".lock", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      guard errno == EEXIST else {
        throw GitStoreError(.unreadable, "`\(path).lock` cannot be created: \(String(cString: strerror(errno)))")
      }
      throw Self.taken(path)
    }
    close(descriptor)
    do {
      index = try Self.read(path)
    } catch {
      unlink(path + ".lock")
      throw error
    }
  }

  static func taken(_ path: String) -> GitStoreError {
    GitStoreError(
      .conflict,
      "another program is changing Git's index (`\(path).lock` is there): wait for it, or remove the file if none runs; "
        + "nothing was changed")
  }

  /// Checks that the index is unlocked and readable and has no unmerged files, without changing anything.
  ///
  /// - Throws: `GitStoreError` if it is not.
  static func check(_ path: String) throws {
    if access(path + ".lock", F_OK) == 0 { throw taken(path) }
    git_index_free(try read(path))
  }

  /// Reads the index from a copy, which is deleted again.
  private static func read(_ path: String) throws -> OpaquePointer {
    let copy = draft(of: path)
    unlink(copy)
    defer { unlink(copy) }
    try duplicate(path, copy)
    var index: OpaquePointer?
    guard git_index_open(&index, copy) == 0, let index else {
      throw GitStoreError(.unsupported, "Git's index cannot be read: \(gitReason()). \(advice(gitReason()))")
    }
    // libgit2 has read the entire index into memory by now.
    guard git_index_has_conflicts(index) == 0 else {
      git_index_free(index)
      throw GitStoreError(
        .conflict, "files are not merged yet (`git status` lists them): finish that first, or leave out --commit")
    }
    return index
  }

  private static func advice(_ reason: String) -> String {
    if reason.contains("'sdir'") {
      return "It is a sparse index: `git sparse-checkout reapply --no-sparse-index` makes it a full index"
    }
    if reason.contains("'link'") {
      return "It is a split index: `git update-index --no-split-index` makes it a full index"
    }
    return "Leave out --commit, and commit with Git"
  }

  private static func duplicate(_ path: String, _ copy: String) throws {
    let source = open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else {
      if errno == ENOENT { return }
      throw GitStoreError(.unreadable, "`\(path)` cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { close(source) }
    var status = stat()
    let target = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    defer { close(target) }
    guard target >= 0, fstat(source, &status) == 0, fchmod(target, status.st_mode & 0o777) == 0 else {
      throw GitStoreError(.unreadable, "`\(copy)` cannot be created: \(String(cString: strerror(errno)))")
    }
    var rest = Int(status.st_size)
    while rest > 0 {
      let count = sendfile(target, source, nil, rest)
      guard count > 0 else {
        throw GitStoreError(.unreadable, "`\(copy)` cannot be written: \(String(cString: strerror(errno)))")
      }
      rest -= count
    }
  }

  /// Adds a file to the next index.
  ///
  /// - Parameter status: the result of `lstat` for the file in the working folder.
  func put(_ path: String, _ id: git_oid, mode: UInt32, _ status: stat) throws {
    var entry = git_index_entry()
    entry.id = id
    entry.mode = mode
    entry.ctime = Self.time(status.st_ctim)
    entry.mtime = Self.time(status.st_mtim)
    entry.dev = UInt32(truncatingIfNeeded: status.st_dev)
    entry.ino = UInt32(truncatingIfNeeded: status.st_ino)
    entry.uid = status.st_uid
    entry.gid = status.st_gid
    entry.file_size = UInt32(truncatingIfNeeded: status.st_size)
    let result = path.withCString { path in
      entry.path = path
      return git_index_add(index, &entry)
    }
    guard result == 0 else {
      throw GitStoreError(.unreadable, "Git could not put `\(path)` into the index: \(gitReason())")
    }
  }

  func remove(_ path: String) throws {
    // A file that only HEAD has was removed from the index outside wpex.
    let status = git_index_remove(index, path, 0)
    guard status == 0 || status == GIT_ENOTFOUND.rawValue else {
      throw GitStoreError(.unreadable, "Git could not take `\(path)` out of the index: \(gitReason())")
    }
  }

  /// Writes the complete next index to the lock file.
  func prepare() throws {
    let copy = Self.draft(of: path)
    try Self.duplicate(path, copy)
    guard git_index_write(index) == 0 else {
      unlink(copy)
      throw GitStoreError(.unreadable, "Git could not write the index: \(gitReason())")
    }
    guard rename(copy, path + ".lock") == 0 else {
      unlink(copy)
      throw GitStoreError(.unreadable, "Git could not write the index: \(String(cString: strerror(errno)))")
    }
  }

  /// Replaces the index with the prepared one and releases the lock.
  ///
  /// - Returns: Whether the index was replaced.
  func commit() -> Bool {
    isHeld = false
    if rename(path + ".lock", path) == 0 { return true }
    unlink(path + ".lock")
    return false
  }

  private static func time(_ time: timespec) -> git_index_time {
    git_index_time(
      seconds: Int32(truncatingIfNeeded: time.tv_sec), nanoseconds: UInt32(truncatingIfNeeded: time.tv_nsec))
  }

  deinit {
    git_index_free(index)
    if isHeld { unlink(path + ".lock") }
  }
}
