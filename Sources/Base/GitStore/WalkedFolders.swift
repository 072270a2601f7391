/// The result of a walk, sorted by the bytes of paths, so that everything below a folder is contiguous.
struct WalkedFolders: Sendable {
  let entries: [SourceEntry]
  /// Folders without the root, each before its descendants.
  let folders: [Folder]
  /// Indices in `folders` by the bytes of the path, because two paths may decode to the same text.
  let positions: [ArraySlice<UInt8>: Int]

  struct Folder: Sendable {
    let path: ArraySlice<UInt8>
    /// The tree's id.
    let identity: [UInt8]
    /// The range of its descendants in `WalkedFolders.entries`.
    var entries = 0..<0
    /// The range of its descendants in `WalkedFolders.folders`.
    var folders = 0..<0
  }

  init(entries: [SourceEntry], folders: [Folder]) {
    self.entries = entries
    self.folders = folders
    positions = Dictionary(folders.enumerated().map { ($1.path, $0) }) { first, _ in first }
  }
}
