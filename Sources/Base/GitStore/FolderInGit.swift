import CLibgit2
import Glibc

/// Git's view of a folder inside a repository: which paths are ignored or tracked, and which tracked files are not
/// checked out.
///
/// Confined to one thread.
final class FolderInGit {
  private let handle: GitHandle
  private let format: GitFormat
  private let memory: MemoryFile?
  /// The path of the index.
  private let indexFile: String
  /// The working folder's path with a trailing `/`.
  private let root: String
  /// The folder's path relative to the working folder, with a trailing `/`; empty if it is the working folder itself.
  let prefix: String

  private init(_ handle: GitHandle, root: String, prefix: String, isForHook: Bool) {
    self.handle = handle
    indexFile = isForHook ? Self.indexOfHook(handle) : handle.gitFolder + "index"
    self.root = root
    self.prefix = prefix
    memory = handle.take(EnvironmentConfiguration())
    format = GitFormat(of: handle)
  }

  /// Finds the repository around a folder. Returns nil if Git does not manage the folder: it is in no repository, or in
  /// a folder that the repository ignores (build output, a scratch copy).
  ///
  /// - Parameter isForHook: whether to use the index that Git passes to its hooks in `GIT_INDEX_FILE`.
  /// - Throws: `GitStoreError` if the repository cannot be read, or if the folder belongs to Git itself.
  static func find(_ path: String, isForHook: Bool = false) throws -> FolderInGit? {
    guard let real = realPath(path), let handle = try open(path) else { return nil }
    let folder = real + "/"
    if folder.hasPrefix(handle.gitFolder) {
      throw GitStoreError(
        .unreadable,
        handle.workingFolder == nil
          ? "`\(path)` is a bare Git repository, without files to read or edit: name a revision with --rev, or use a clone"
          : "`\(path)` is a folder of Git's own: name the folder beside it")
    }
    guard let root = handle.workingFolder, folder.hasPrefix(root) else { return nil }
    let found = FolderInGit(
      handle, root: root, prefix: String(folder.dropFirst(root.count)), isForHook: isForHook)
    if !found.prefix.isEmpty, try found.isIgnored(""), try found.tracked().isEmpty { return nil }
    return found
  }

  /// Returns the index that a commit in progress uses: `git commit --all` and `git commit FILE` write a temporary one.
  /// `GIT_INDEX_FILE` is ignored unless Git runs in this repository.
  private static func indexOfHook(_ handle: GitHandle) -> String {
    func variable(_ name: String) -> String? {
      getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    let standard = handle.gitFolder + "index"
    guard let named = variable("GIT_INDEX_FILE") else { return standard }
    let running =
      if let folder = variable("GIT_DIR") { realPath(folder).map { $0 + "/" } } else { (try? open("."))?.gitFolder }
    return running == handle.gitFolder ? named : standard
  }

  private static func open(_ path: String) throws -> GitHandle? {
    do throws(GitStoreError) {
      return try GitHandle(at: path, advice: "", readsObjects: false)
    } catch {
      if error.code == .notARepository { return nil }
      throw error
    }
  }

  /// Whether an ignore pattern matches a path. Patterns may match tracked files too.
  ///
  /// - Parameter path: relative to the folder, with a trailing `/` for a folder.
  /// - Throws: `GitStoreError` if the patterns cannot be read.
  func isIgnored(_ path: String) throws -> Bool {
    var isIgnored: Int32 = 0
    guard git_ignore_path_is_ignored(&isIgnored, handle.pointer, prefix + path) == 0 else {
      throw GitStoreError(.unreadable, "what Git ignores cannot be read: \(gitReason())")
    }
    return isIgnored == 1
  }

  // MARK: - The index

  private var known: Tracked?

  /// Index entries below the folder.
  struct Tracked {
    /// Entries by path relative to the folder.
    fileprivate(set) var entries: [String: IndexFile.Entry] = [:]
    /// Folders that contain entries, without a trailing `/`.
    fileprivate(set) var folders: Set<String> = []
    fileprivate var written = IndexFile.Time(0, 0)

    var isEmpty: Bool { entries.isEmpty }
  }

  /// Returns the index entries below the folder; reads the index once.
  ///
  /// - Throws: `GitStoreError` if the index cannot be read.
  func tracked() throws -> Tracked {
    if let known { return known }
    let (index, written) = try readIndex()
    var tracked = Tracked()
    tracked.written = written
    for entry in index.entries { try add(entry, &tracked) }
    known = tracked
    return tracked
  }

  private func add(_ entry: IndexFile.Entry, _ tracked: inout Tracked) throws {
    // A folder entry of a sparse index may lie above or below the config repository.
    if entry.isFolder {
      guard entry.path.starts(with: prefix.utf8) || prefix.utf8.starts(with: entry.path) else { return }
      for inner in try expand(entry) { try add(inner, &tracked) }
      return
    }
    guard entry.path.starts(with: prefix.utf8) else { return }
    let path = String(decoding: entry.path.dropFirst(prefix.utf8.count), as: UTF8.self)
    tracked.entries[path] = entry
    var end = path.utf8.endIndex
    while let slash = path.utf8[..<end].lastIndex(of: UInt8(ascii: "/")) {
      guard tracked.folders.insert(String(path[..<slash])).inserted else { break }
      end = slash
    }
  }

  private func readIndex() throws -> (IndexFile, written: IndexFile.Time) {
    let folder = handle.gitFolder
    do {
      guard let (bytes, status) = try read(indexFile) else { return (IndexFile(), IndexFile.Time(0, 0)) }
      var index = try IndexFile(bytes, idLength: format.idLength)
      if let name = index.sharedName {
        guard let (shared, _) = try read(folder + name) else { throw IndexFile.Fault("its `\(name)` is missing") }
        index = try index.over(try IndexFile(shared, idLength: format.idLength))
      }
      return (index, IndexFile.Time(status.st_mtim))
    } catch let fault as IndexFile.Fault {
      throw GitStoreError(.unreadable, "Git's index `\(indexFile)` cannot be read: \(fault.reason)")
    }
  }

  private func read(_ path: String) throws -> ([UInt8], stat)? {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw IndexFile.Fault(String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw IndexFile.Fault(String(cString: strerror(errno))) }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
      }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { throw IndexFile.Fault("it ends too early") }
      count += got
    }
    return (bytes, status)
  }

  /// Returns the files of a folder that a sparse index records only as a tree.
  private func expand(_ folder: IndexFile.Entry) throws -> [IndexFile.Entry] {
    var entries: [IndexFile.Entry] = []
    var pending = [(path: Array(folder.path), id: Array(folder.id))]
    while let (path, id) = pending.popLast() {
      for entry in try TreeObject(try object(id)).entries {
        let inner = path + entry.name
        if entry.kind == .folder {
          pending.append((inner + [UInt8(ascii: "/")], Array(entry.id)))
        } else {
          let mode: UInt32 =
            entry.kind == .symbolicLink ? 0o120000 : entry.kind == .submodule ? 0o160000 : 0o100644
          entries.append(IndexFile.Entry(skipped: inner[...], mode: mode, id: entry.id))
        }
      }
    }
    return entries
  }

  // MARK: - Objects

  /// Returns the content of a blob or tree.
  private func object(_ id: [UInt8]) throws -> [UInt8] {
    guard format.idLength == TreeObject.idLength else {
      throw GitStoreError(
        .unsupported, "files that are not checked out cannot be read: `\(root)` \(format.refusal ?? "")")
    }
    var database: OpaquePointer?
    guard git_repository_odb(&database, handle.pointer) == 0, let database else {
      throw GitStoreError(.unreadable, "the object database cannot be read: \(gitReason())")
    }
    defer { git_odb_free(database) }
    var oid = git_oid(bytes: id)
    var object: OpaquePointer?
    guard git_odb_read(&object, database, &oid) == 0, let object else {
      throw GitStoreError(
        .corrupt,
        "the object \(TreeFault.hexadecimal(id)) of a file that is not checked out cannot be read: \(gitReason()). "
          + format.adviceOnMissing)
    }
    defer { git_odb_object_free(object) }
    return Array(UnsafeRawBufferPointer(start: git_odb_object_data(object), count: git_odb_object_size(object)))
  }

  /// Reads files that are not checked out and returns their contents by path.
  ///
  /// - Throws: `GitStoreError` if a file is not in the object database.
  func contents(of entries: [SourceEntry]) throws -> [String: [UInt8]] {
    var contents: [String: [UInt8]] = [:]
    for entry in entries {
      if let id = entry.identity { contents[entry.path] = try object(id) }
    }
    return contents
  }

  /// Returns the entries that a commit of the index would contain, sorted by path.
  ///
  /// - Throws: `GitStoreError` if there are unmerged files, which rule out a commit.
  func staged() throws -> [SourceEntry] {
    let entries = try tracked().entries
    if let open = entries.filter({ $0.value.stage != 0 }).keys.min() {
      throw GitStoreError(
        .conflict,
        "`\(open)` is not merged: resolve the conflict, then `git add` it; until then there is nothing to commit")
    }
    return entries.compactMap { path, entry in entry.isOnlyIntended ? nil : sourceEntry(path, entry) }
      .sorted { $0.path < $1.path }
  }

  private func sourceEntry(_ path: String, _ entry: IndexFile.Entry) -> SourceEntry {
    let kind: SourceEntry.Kind = entry.isSubmodule ? .submodule : entry.isLink ? .symbolicLink : .file
    let size = kind == .file ? size(of: Array(entry.id)) ?? 0 : 0
    return SourceEntry(path: path, kind: kind, size: size, identity: Array(entry.id), isCheckedOut: false)
  }

  /// Returns files of the index that a sparse checkout leaves out.
  ///
  /// - Parameter present: paths that exist in the folder.
  /// - Throws: `GitStoreError` if the index cannot be read.
  func entriesLeftOut(present: @autoclosure () -> Set<String>) throws -> [SourceEntry] {
    let absent = try tracked().entries.filter { $0.value.isSkipped || $0.value.isAssumedUnchanged }
    guard !absent.isEmpty else { return [] }
    let present = present()
    return absent.compactMap { path, entry in
      present.contains(path) ? nil : sourceEntry(path, entry)
    }
  }

  /// Returns a blob's size in bytes; nil if the object is missing, which is reported when its content is read.
  private func size(of id: [UInt8]) -> Int? {
    var database: OpaquePointer?
    guard git_repository_odb(&database, handle.pointer) == 0, let database else { return nil }
    defer { git_odb_free(database) }
    var oid = git_oid(bytes: id)
    var length = 0
    var type = GIT_OBJECT_ANY
    return git_odb_read_header(&length, &type, database, &oid) == 0 ? length : nil
  }

  /// Returns the id that Git would give to a file as it is in the folder; nil if Git cannot store it.
  ///
  /// - Parameter status: the result of `lstat` for the file.
  /// - Throws: `GitStoreError` if the index cannot be read.
  func identity(of path: String, _ status: stat) throws -> [UInt8]? {
    let tracked = try tracked()
    let entry = tracked.entries[path]
    if let entry, entry.stage == 0, entry.isAssumedUnchanged || entry.isSkipped || isClean(entry, status, tracked) {
      return Array(entry.id)
    }
    if let entry, entry.isSubmodule { return Array(entry.id) }
    var id = git_oid()
    if status.st_mode & S_IFMT == S_IFLNK {
      var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
      let count = target.withUnsafeMutableBytes { bytes in
        bytes.baseAddress.map { readlink(root + prefix + path, $0.assumingMemoryBound(to: CChar.self), bytes.count) }
          ?? -1
      }
      guard count >= 0, git_odb_hash(&id, target, count, GIT_OBJECT_BLOB) == 0 else { return nil }
    } else {
      // Hashes the content as `git add` would store it, after line-ending conversion and other built-in filters.
      guard
        git_repository_hashfile(&id, handle.pointer, root + prefix + path, GIT_OBJECT_BLOB, nil) == 0
          || git_odb_hashfile(&id, root + prefix + path, GIT_OBJECT_BLOB) == 0
      else { return nil }
    }
    return id.bytes
  }

  /// Whether a file is unchanged since Git last compared it. A file written in the same tick as the index counts as
  /// changed, because it may have been modified since ("racy Git").
  private func isClean(_ entry: IndexFile.Entry, _ status: stat, _ tracked: Tracked) -> Bool {
    let modified = IndexFile.Time(status.st_mtim)
    let kind = status.st_mode & S_IFMT
    guard kind == entry.mode & 0o170000, entry.stamp.modified == modified, modified < tracked.written,
      entry.stamp.size == UInt32(truncatingIfNeeded: status.st_size),
      entry.stamp.inode == 0 || entry.stamp.inode == UInt32(truncatingIfNeeded: status.st_ino)
    else { return false }
    return entry.stamp.changed == IndexFile.Time(0, 0) || entry.stamp.changed == IndexFile.Time(status.st_ctim)
  }
}

extension GitHandle {
  /// The repository's `.git` folder with symbolic links resolved and a trailing `/`; for a linked worktree, its own
  /// folder inside it.
  var gitFolder: String { git_repository_path(pointer).map { String(cString: $0) } ?? "/dev/null/" }
}

/// Returns an absolute path without symbolic links; nil if the path does not exist.
func realPath(_ path: String) -> String? {
  guard let real = realpath(path, nil) else { return nil }
  defer { free(real) }
  return String(cString: real)
}
