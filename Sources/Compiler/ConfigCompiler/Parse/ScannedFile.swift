import Diagnostics

/// A file that declares nothing, searched for private keys: whatever Git has seen is public.
struct ScannedFile: Sendable {
  let identity: ContentIdentity?
  /// Its lines without what is written on them, to find places; nil if nothing was found.
  let source: SourceFile?
  let diagnostics: [Diagnostic]

  /// Bytes of the largest file that is searched. Keys lie in small files, or at the beginning of larger ones.
  static let largest = 1 << 18

  init(path: String, bytes: [UInt8], identity: ContentIdentity?) {
    self.identity = identity
    let found = PrivateKeys.find(in: bytes, path: path)
    diagnostics = found.map { found in
      Diagnostic(
        .plaintextSecret, "\(found.what) is in plain text here",
        at: Diagnostic.Label(
          SourceLocation(path: path, range: SourceRange(found.range.lowerBound, found.range.upperBound))),
        notes: ["everybody who can read the repository, and its history, has this secret now"],
        help: "move the file out of the repository, make a new key, and remove this one from the history; a key that "
          + "protects nothing can be listed in .wpexignore")
    }
    // No report may show a line of it.
    source = found.isEmpty ? nil : SourceFile(path: path, bytes: bytes.map { (0x21...0x7E).contains($0) ? 0x20 : $0 })
  }

  func isUnchanged(_ entry: TreeEntry) -> Bool { identity != nil && identity == entry.identity }
}

extension Compiler {
  /// The entries that a compile searches for private keys, given what an earlier one knows already. They declare nothing:
  /// one that cannot be read is passed over.
  package static func entriesToScan(in tree: RepositoryTree, reusing earlier: Compilation? = nil) -> [TreeEntry] {
    entries(in: tree, since: earlier, where: isScanned) { entry, platform, unit in
      (unit?.scanned ?? platform?.scanned)?[entry.path]?.isUnchanged(entry) ?? false
    }
  }

  private static func isScanned(_ entry: TreeEntry) -> Bool {
    entry.kind == .file && entry.size <= ScannedFile.largest && !PathRole(of: entry.path, ignored: IgnoreGlobs()).isRead
  }

  /// - Parameter known: what an earlier compilation found at a path.
  static func scan(
    _ entries: [TreeEntry], _ contents: Contents, ignored: IgnoreGlobs, known: (String) -> ScannedFile?
  ) -> [String: ScannedFile] {
    var scanned: [String: ScannedFile] = [:]
    for entry in entries where isScanned(entry) && !ignored.match(entry.path) {
      if let file = known(entry.path), file.isUnchanged(entry) {
        scanned[entry.path] = file
      } else if let bytes = contents[entry.path] {
        scanned[entry.path] = ScannedFile(path: entry.path, bytes: bytes, identity: entry.identity)
      }
    }
    return scanned
  }
}
