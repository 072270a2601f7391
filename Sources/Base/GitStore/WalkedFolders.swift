/// What a walk found, in its own order: by the bytes of paths, so that everything below a folder stands side by side.
struct WalkedFolders: Sendable {
  let entries: [SourceEntry]
  /// Each before those below it, without the root.
  let folders: [Folder]
  /// Where in `folders` a folder is, by its path's bytes: what text makes of them may be the same for two.
  let positions: [ArraySlice<UInt8>: Int]

  struct Folder: Sendable {
    let path: ArraySlice<UInt8>
    /// The tree's id.
    let identity: [UInt8]
    /// What lies below it, in `WalkedFolders.entries`.
    var entries = 0..<0
    /// The folders below it, in `WalkedFolders.folders`.
    var folders = 0..<0
  }

  init(entries: [SourceEntry], folders: [Folder]) {
    self.entries = entries
    self.folders = folders
    positions = Dictionary(folders.enumerated().map { ($1.path, $0) }) { first, _ in first }
  }
}
