/// The file list of a revision or a folder: names, kinds and sizes, without contents.
package struct SourceTree: Sendable {
  /// All entries except folders, sorted by path.
  package let entries: [SourceEntry]
  /// Folders by path; empty for a working folder. If two paths decode to the same text, neither is included.
  package let folders: [String: Folder]
  /// The walk's result, for reuse by later walks; nil for a working folder.
  let walked: WalkedFolders?

  /// A folder of a revision's tree.
  package struct Folder: Sendable, Equatable {
    /// The tree's id.
    package let identity: [UInt8]
    /// The number of entries below the folder, at any depth.
    package let count: Int
  }

  /// Creates the tree of a working folder.
  package init(entries: [SourceEntry]) {
    self.entries = entries
    folders = [:]
    walked = nil
  }

  init(_ walked: WalkedFolders) {
    // The walk sorts by bytes, and the order of text may differ.
    let isSorted = zip(walked.entries, walked.entries.dropFirst()).allSatisfy { $0.path <= $1.path }
    entries = isSorted ? walked.entries : walked.entries.sorted { $0.path < $1.path }
    var folders: [String: Folder] = [:]
    var doubtful: Set<String> = []
    folders.reserveCapacity(walked.folders.count)
    for folder in walked.folders {
      let path = String(decoding: folder.path, as: UTF8.self)
      let made = Folder(identity: folder.identity, count: folder.entries.count)
      if folders.updateValue(made, forKey: path) != nil { doubtful.insert(path) }
    }
    for path in doubtful { folders[path] = nil }
    self.folders = folders
    self.walked = walked
  }

  /// Returns the tree id of a folder if the walk found exactly `count` entries in it; otherwise nil.
  package func identity(ofFolder path: String, holding count: Int) -> [UInt8]? {
    guard let folder = folders[path], folder.count == count else { return nil }
    return folder.identity
  }
}
