package import ConfigCompiler

/// The files of a repository, with open buffers in place of files on disk. Each has an identity that changes if and
/// only if its content does. A compilation thus skips unchanged files, and a keystroke causes neither a listing nor a
/// read.
package struct RepositoryFiles: Sendable {
  /// The files with their identities.
  package private(set) var tree = RepositoryTree(root: [], organizations: [])
  /// Contents that have not been compiled yet.
  private var unseen: Compiler.Contents = [:]
  private var disk: Compiler.Contents = [:]
  private var buffers: Compiler.Contents = [:]
  private var lastIdentity: UInt64 = 0
  /// A counter that increases with each change.
  package private(set) var revision = 0

  package init() {}

  /// Returns the contents that the next compilation needs in addition to the previous one, and clears them.
  package mutating func takeUnseen() -> Compiler.Contents {
    defer { unseen = [:] }
    return unseen
  }

  /// Returns the content of a file, preferably of its buffer; nil if there is neither.
  package func bytes(of path: String) -> [UInt8]? { buffers[path] ?? disk[path] }

  /// Replaces the state of the disk. Files with the same content keep their identity.
  package mutating func load(_ listing: RepositoryTree, contents: Compiler.Contents) {
    var known: [String: TreeEntry] = [:]
    for entry in tree.root + tree.organizations.flatMap(\.entries) { known[entry.path] = entry }
    let folders = Dictionary(tree.organizations.map { ($0.name, $0) }) { first, _ in first }
    let earlier = disk
    disk = contents
    let entries = listing.root + listing.organizations.flatMap(\.entries)
    var merged: [TreeEntry] = []
    merged.reserveCapacity(entries.count)
    for entry in entries {
      if buffers[entry.path] != nil {
        if let own = known[entry.path] { merged.append(own) }
        continue
      }
      guard let bytes = contents[entry.path] else {
        merged.append(entry)
        continue
      }
      if let same = known[entry.path], same.identity != nil, earlier[entry.path] == bytes {
        merged.append(same)
      } else {
        merged.append(seen(entry.path, bytes))
      }
    }
    let listed = Set(entries.map(\.path))
    merged += buffers.keys.filter { !listed.contains($0) }.compactMap { known[$0] }
    var next = RepositoryTree(entries: merged.sorted { $0.path < $1.path })
    next.organizations = next.organizations.map { folder in
      if let same = folders[folder.name], same.entries == folder.entries { return same }
      return identified(folder.name, folder.entries)
    }
    tree = next
    revision += 1
    if earlier[".wpexignore"] != contents[".wpexignore"] { forgetWhatWasSeen() }
  }

  /// Records that a file on disk has changed; nil if it was removed.
  package mutating func setDisk(_ path: String, _ bytes: [UInt8]?) {
    let before = self.bytes(of: path)
    disk[path] = bytes
    settle(path, before: before)
  }

  /// Sets the buffer that replaces a file; nil to use the file on disk again.
  package mutating func setBuffer(_ path: String, _ bytes: [UInt8]?) {
    let before = self.bytes(of: path)
    buffers[path] = bytes
    settle(path, before: before)
  }

  private mutating func settle(_ path: String, before: [UInt8]?) {
    let bytes = bytes(of: path)
    guard bytes != before else { return }
    revision += 1
    change(path, to: bytes.map { seen(path, $0) })
    // Files that the globs excluded have not been passed to a compilation yet.
    if path == ".wpexignore" { forgetWhatWasSeen() }
  }

  private mutating func forgetWhatWasSeen() { unseen = disk.merging(buffers) { $1 } }

  private mutating func seen(_ path: String, _ bytes: [UInt8]) -> TreeEntry {
    unseen[path] = bytes
    return TreeEntry(path: path, kind: .file, size: bytes.count, identity: nextIdentity())
  }

  private mutating func nextIdentity() -> ContentIdentity {
    lastIdentity += 1
    return ContentIdentity(withUnsafeBytes(of: lastIdentity, Array.init))
  }

  private mutating func identified(_ name: String, _ entries: [TreeEntry]) -> RepositoryTree.OrganizationFolder {
    RepositoryTree.OrganizationFolder(name: name, identity: nextIdentity(), entries: entries)
  }

  private mutating func change(_ path: String, to entry: TreeEntry?) {
    guard let name = RepositoryTree.organization(of: path) else {
      tree.root = Self.replacing(path, in: tree.root, by: entry)
      return
    }
    let position = tree.organizations.firstIndex { $0.name >= name } ?? tree.organizations.count
    let isKnown = position < tree.organizations.count && tree.organizations[position].name == name
    let entries = Self.replacing(path, in: isKnown ? tree.organizations[position].entries : [], by: entry)
    let folder = entries.isEmpty ? nil : identified(name, entries)
    switch (isKnown, folder) {
    case (true, let folder?): tree.organizations[position] = folder
    case (true, nil): tree.organizations.remove(at: position)
    case (false, let folder?): tree.organizations.insert(folder, at: position)
    case (false, nil): break
    }
  }

  private static func replacing(_ path: String, in entries: [TreeEntry], by entry: TreeEntry?) -> [TreeEntry] {
    var entries = entries
    if let index = entries.firstIndex(where: { $0.path == path }) {
      if let entry { entries[index] = entry } else { entries.remove(at: index) }
    } else if let entry {
      entries.insert(entry, at: entries.firstIndex { $0.path > path } ?? entries.count)
    }
    return entries
  }
}
