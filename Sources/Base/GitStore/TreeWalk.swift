import CLibgit2

/// Lists a tree and the trees below it, each taken from its object's bytes.
///
/// A fault in the root or in a folder of it is one of the whole commit. Further down, where tenants have folders of
/// their own, a folder with a fault is listed as one malformed entry, and what lies in it does not count.
///
/// What is listed below a folder depends on the folder's own tree alone, so that its id stands for all of it.
struct TreeWalk {
  private let database: OpaquePointer
  private let earlier: WalkedFolders?
  private let limits: TreeLimits
  private let adviceOnMissing: String
  private var entries: [SourceEntry] = []
  private var folders: [WalkedFolders.Folder] = []
  /// How many entries and folders there were before the confined folder that is being listed.
  private var confined = (entries: 0, folders: 0)
  /// Trees with a fault of their own. One that is listed a thousand times is read once.
  private var faults: [[UInt8]: TreeFault] = [:]

  /// - Parameters:
  ///   - database: where objects are.
  ///   - earlier: another revision's; folders that are the same in it are not read again.
  ///   - adviceOnMissing: what to do about an object that is not there.
  init(
    _ database: OpaquePointer, earlier: WalkedFolders?, limits: TreeLimits = TreeLimits(),
    adviceOnMissing: String = "Run `git fsck`"
  ) {
    self.adviceOnMissing = adviceOnMissing
    self.database = database
    self.earlier = earlier
    self.limits = limits
  }

  /// - Parameter commit: to name in errors.
  /// - Throws: `GitStoreError` if an object is missing or damaged, if the root or a folder of it is malformed, or if there
  ///   is more than `limits` permit.
  mutating func list(_ root: [UInt8], of commit: String) throws -> SourceTree {
    do {
      try visit(root, path: [], depth: 0)
    } catch let fault as FaultAt {
      throw Self.refusal(commit, fault)
    }
    return SourceTree(WalkedFolders(entries: entries, folders: folders))
  }

  /// The id of a folder's tree; nil if there is none at the path, or it is not a folder.
  ///
  /// - Throws: `GitStoreError` if a tree on the way is missing, damaged or malformed.
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

  /// The files that lie in the root itself.
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

  /// Looks at the root and its folders alone: a fault in one of them refuses the commit.
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
      "the commit \(commit.prefix(12)) is refused: its \(folder) is not as Git writes it: \(fault.fault.reason). "
        + "`git fsck --strict` shows what is broken; make the commit again with Git itself")
  }

  private struct FaultAt: Error {
    let path: ArraySlice<UInt8>
    let fault: TreeFault
  }

  /// More below one of the confined folders than there may be.
  private struct Excess: Error {}

  /// Lists a folder and all that lies below it.
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
      // The folder as an entry of its own: below `orgs/acme` lies whatever is acme's.
      let name = String(decoding: path, as: UTF8.self) + "/."
      entries.append(SourceEntry(path: name, kind: .malformed(fault.reason), size: 0, identity: id))
    } catch let fault as TreeFault {
      throw FaultAt(path: path, fault: fault)
    } catch is Excess where depth == TreeLimits.confinedDepth {
      entries.removeSubrange(firstEntry...)
      folders.removeSubrange(firstFolder...)
      let name = String(decoding: path, as: UTF8.self) + "/."
      let reason = "more than \(limits.confinedEntries) files and folders lie in it"
      entries.append(SourceEntry(path: name, kind: .malformed(reason), size: 0, identity: id))
    }
  }

  private mutating func list(_ id: [UInt8], _ path: ArraySlice<UInt8>, depth: Int) throws {
    if depth > limits.depth { throw TreeFault("it lies below \(limits.depth) others") }
    // Whatever is wrong with the folder itself is known before anything of it is listed.
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

  /// Takes what an earlier walk found below a folder that has not changed.
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
      // The size is looked at before all of it is taken into memory.
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

  /// The size of an object by its header; nil if it cannot be read, which shows when its contents are asked for.
  ///
  /// - Parameter name: of the entry in the tree `tree`; nil for that tree itself.
  /// - Throws: `TreeFault` where it is another kind of object than its mode says.
  private mutating func header(
    _ id: ArraySlice<UInt8>, is wanted: git_object_t, _ name: ArraySlice<UInt8>?, of tree: [UInt8]
  ) throws -> Int? {
    var oid = git_oid(bytes: id)
    var length = 0
    var type = GIT_OBJECT_ANY
    guard git_odb_read_header(&length, &type, database, &oid) == 0 else { return nil }
    guard type == wanted else {
      let fault =
        name.map { TreeFault($0, "is another kind of object than its mode says") }
        ?? TreeFault("it is another kind of object")
      faults[tree] = fault
      throw fault
    }
    return length
  }
}

/// How much a tree may hold. Trees can name one another again and again, so that a few objects stand for more files
/// than any memory holds.
struct TreeLimits {
  /// How far down tenants have folders of their own: `orgs/acme` is two below the root.
  static let confinedDepth = 2

  /// Folders within folders.
  var depth = 64
  /// Files and folders in all.
  var entries = 5_000_000
  /// Files and folders below one of the confined folders.
  var confinedEntries = 200_000
  /// Bytes of one tree object.
  var treeBytes = 32 << 20
  /// Bytes of a path; Linux takes no longer ones.
  var pathBytes = 4_095
}
