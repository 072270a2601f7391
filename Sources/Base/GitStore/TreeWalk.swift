import CLibgit2

/// A recursive listing of a tree, parsed from the bytes of its objects.
///
/// A fault in the root, or in a folder directly below it, makes the whole commit invalid. Further down, where tenants
/// have their own folders, a faulty folder is listed as one malformed entry and its content is ignored.
///
/// The listing of a folder depends only on the folder's own tree, so its id identifies the entire content.
struct TreeWalk {
  private let database: OpaquePointer
  private let earlier: WalkedFolders?
  private let limits: TreeLimits
  private let adviceOnMissing: String
  private var entries: [SourceEntry] = []
  private var folders: [WalkedFolders.Folder] = []
  /// Numbers of entries and folders before the confined folder that is being listed.
  private var confined = (entries: 0, folders: 0)
  /// Faults by tree id, so that a faulty tree that is referenced a thousand times is read once.
  private var faults: [[UInt8]: TreeFault] = [:]

  /// Prepares a walk.
  ///
  /// - Parameters:
  ///   - database: the object database.
  ///   - earlier: the result for another revision, from which unchanged folders are copied rather than read again.
  ///   - adviceOnMissing: a remedy for a missing object, for error messages.
  init(
    _ database: OpaquePointer, earlier: WalkedFolders?, limits: TreeLimits = TreeLimits(),
    adviceOnMissing: String = "Run `git fsck`"
  ) {
    self.adviceOnMissing = adviceOnMissing
    self.database = database
    self.earlier = earlier
    self.limits = limits
  }

  /// Lists a tree.
  ///
  /// - Parameter commit: the commit's id, for error messages.
  /// - Throws: `GitStoreError` if an object is missing or damaged, if the root or a folder directly below it is
  ///   malformed, or if the tree exceeds `limits`.
  mutating func list(_ root: [UInt8], of commit: String) throws -> SourceTree {
    do {
      try visit(root, path: [], depth: 0)
    } catch let fault as FaultAt {
      throw Self.refusal(commit, fault)
    }
    return SourceTree(WalkedFolders(entries: entries, folders: folders))
  }

  /// Returns the id of a folder's tree; nil if the path does not exist or is not a folder.
  ///
  /// - Throws: `GitStoreError` if a tree on the path is missing, damaged or malformed.
  mutating func folder(_ path: String, below root: [UInt8], of commit: String) throws -> [UInt8]? {
    var id = root
    var walked: ArraySlice<UInt8> = []
    do {
      for part in path.utf8.split(separator: UInt8(ascii: "/")) {
        guard let entry = try read(id).entries.first(where: { $0.name.elementsEqual(part) }), entry.kind == .folder
        else { return nil }
        id = Array(entry.id)
        walked += (walked.isEmpty ? [] : [UInt8(ascii: "/")]) + Array(part)
      }
      return id
    } catch let fault as TreeFault {
      throw Self.refusal(commit, FaultAt(path: walked, fault: fault))
    }
  }

  /// Returns the files directly in the root.
  ///
  /// - Throws: `GitStoreError` if the root is missing, damaged or malformed.
  mutating func rootFiles(_ root: [UInt8], of commit: String) throws -> [SourceEntry] {
    do {
      return try read(root).entries.filter { $0.kind == .file }.map { entry in
        SourceEntry(
          path: String(decoding: entry.name, as: UTF8.self), kind: .file,
          size: try header(entry.id, is: GIT_OBJECT_BLOB, entry.name, of: root) ?? 0, identity: Array(entry.id))
      }
    } catch let fault as TreeFault {
      throw Self.refusal(commit, FaultAt(path: [], fault: fault))
    }
  }

  /// Checks only the root and the folders directly below it, whose faults make the commit invalid.
  ///
  /// - Throws: `GitStoreError` if one of them is missing, damaged or malformed.
  mutating func checkWhole(_ root: [UInt8], of commit: String) throws {
    var path: ArraySlice<UInt8> = []
    do {
      let tree = try read(root)
      _ = try rootFiles(root, of: commit)
      for entry in tree.entries where entry.kind == .folder {
        path = entry.name
        let id = Array(entry.id)
        for inner in try read(id).entries where inner.kind == .file {
          _ = try header(inner.id, is: GIT_OBJECT_BLOB, inner.name, of: id)
        }
      }
    } catch let fault as TreeFault {
      throw Self.refusal(commit, FaultAt(path: path, fault: fault))
    }
  }

  private static func refusal(_ commit: String, _ fault: FaultAt) -> GitStoreError {
    let folder = fault.path.isEmpty ? "root" : "folder `\(TreeFault.shown(fault.path))`"
    return GitStoreError(
      .malformed,
      "the commit \(commit.prefix(12)) is refused: its \(folder) is malformed: \(fault.fault.reason). "
        + "`git fsck --strict` shows what is broken; create the commit again with Git itself")
  }

  private struct FaultAt: Error {
    let path: ArraySlice<UInt8>
    let fault: TreeFault
  }

  /// An error for a confined folder with more entries than allowed.
  private struct Excess: Error {}

  /// Lists a folder recursively.
  private mutating func visit(_ id: [UInt8], path: ArraySlice<UInt8>, depth: Int) throws {
    if depth > 0, take(id, path) { return }
    let (firstEntry, firstFolder) = (entries.count, folders.count)
    if depth == TreeLimits.confinedDepth { confined = (firstEntry, firstFolder) }
    do {
      if depth > 0 { folders.append(WalkedFolders.Folder(path: path, identity: id)) }
      try list(id, path, depth: depth)
      if depth > 0 {
        folders[firstFolder].entries = firstEntry..<entries.count
        folders[firstFolder].folders = firstFolder + 1..<folders.count
      }
    } catch let fault as TreeFault where depth >= TreeLimits.confinedDepth {
      entries.removeSubrange(firstEntry...)
      folders.removeSubrange(firstFolder...)
      // An entry named after the folder itself, because everything below `orgs/acme` belongs to acme.
      let name = String(decoding: path, as: UTF8.self) + "/."
      entries.append(SourceEntry(path: name, kind: .malformed(fault.reason), size: 0, identity: id))
    } catch let fault as TreeFault {
      throw FaultAt(path: path, fault: fault)
    } catch is Excess where depth == TreeLimits.confinedDepth {
      entries.removeSubrange(firstEntry...)
      folders.removeSubrange(firstFolder...)
      let name = String(decoding: path, as: UTF8.self) + "/."
      let reason = "more than \(limits.confinedEntries) files and folders are in it"
      entries.append(SourceEntry(path: name, kind: .malformed(reason), size: 0, identity: id))
    }
  }

  private mutating func list(_ id: [UInt8], _ path: ArraySlice<UInt8>, depth: Int) throws {
    if depth > limits.depth { throw TreeFault("it is nested below \(limits.depth) others") }
    // Faults of the folder itself are detected before any of its entries is listed.
    let tree = try read(id)
    let sizes = try tree.entries.map { entry in
      if path.count + 1 + entry.name.count > limits.pathBytes {
        throw TreeFault(entry.name, "makes a path of more than \(limits.pathBytes) bytes")
      }
      return try entry.kind == .file ? header(entry.id, is: GIT_OBJECT_BLOB, entry.name, of: id) ?? 0 : 0
    }
    for (entry, size) in zip(tree.entries, sizes) {
      let bytes = path.isEmpty ? entry.name : path + [UInt8(ascii: "/")] + entry.name
      if entry.kind == .folder {
        try visit(Array(entry.id), path: bytes, depth: depth + 1)
      } else {
        let kind: SourceEntry.Kind =
          entry.kind == .file ? .file : entry.kind == .symbolicLink ? .symbolicLink : .submodule
        entries.append(
          SourceEntry(path: String(decoding: bytes, as: UTF8.self), kind: kind, size: size, identity: Array(entry.id)))
      }
      try checkTotal()
      let count = entries.count - confined.entries + folders.count - confined.folders
      if depth >= TreeLimits.confinedDepth, count > limits.confinedEntries { throw Excess() }
    }
  }

  private func checkTotal() throws {
    guard entries.count + folders.count <= limits.entries else {
      throw GitStoreError(.malformed, "the tree has more than \(limits.entries) files and folders")
    }
  }

  /// Copies the earlier walk's entries for an unchanged folder; false if there are none.
  private mutating func take(_ id: [UInt8], _ path: ArraySlice<UInt8>) -> Bool {
    guard let earlier, let position = earlier.positions[path], earlier.folders.indices.contains(position),
      earlier.folders[position].identity == id
    else { return false }
    let known = earlier.folders[position]
    let (entryShift, folderShift) = (entries.count - known.entries.lowerBound, folders.count - position)
    entries += earlier.entries[known.entries]
    folders += ([known] + earlier.folders[known.folders]).map { folder in
      var folder = folder
      folder.entries = folder.entries.lowerBound + entryShift..<folder.entries.upperBound + entryShift
      folder.folders = folder.folders.lowerBound + folderShift..<folder.folders.upperBound + folderShift
      return folder
    }
    return true
  }

  // MARK: - Objects

  private mutating func read(_ id: [UInt8]) throws -> TreeObject {
    if let fault = faults[id] { throw fault }
    func missing() -> GitStoreError {
      GitStoreError(
        .corrupt, "the tree \(TreeFault.hexadecimal(id)) cannot be read: \(gitReason()). \(adviceOnMissing)")
    }
    do {
      // Checks the size before reading the object into memory.
      guard let size = try header(id[...], is: GIT_OBJECT_TREE, nil, of: id) else { throw missing() }
      guard size <= limits.treeBytes else { throw TreeFault("it has more than \(limits.treeBytes) bytes") }
      var oid = git_oid(bytes: id)
      var object: OpaquePointer?
      guard git_odb_read(&object, database, &oid) == 0, let object else { throw missing() }
      defer { git_odb_object_free(object) }
      return try TreeObject(
        Array(UnsafeRawBufferPointer(start: git_odb_object_data(object), count: git_odb_object_size(object))))
    } catch let fault as TreeFault {
      faults[id] = fault
      throw fault
    }
  }

  /// Returns an object's size from its header; nil if the header cannot be read, which is reported when the content is
  /// read.
  ///
  /// - Parameter name: the name of the object's entry in `tree`; nil for that tree itself.
  /// - Throws: `TreeFault` if the object's type differs from the entry's mode.
  private mutating func header(
    _ id: ArraySlice<UInt8>, is wanted: git_object_t, _ name: ArraySlice<UInt8>?, of tree: [UInt8]
  ) throws -> Int? {
    var oid = git_oid(bytes: id)
    var length = 0
    var type = GIT_OBJECT_ANY
    guard git_odb_read_header(&length, &type, database, &oid) == 0 else { return nil }
    guard type == wanted else {
      let fault =
        name.map { TreeFault($0, "is a different kind of object than its mode says") }
        ?? TreeFault("it is a different kind of object")
      faults[tree] = fault
      throw fault
    }
    return length
  }
}
