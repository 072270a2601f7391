import Diagnostics

/// A file that declares nothing, searched for private keys: whatever Git has seen is public.
struct ScannedFile: Sendable {
  /// Identity of the content; nil if it is not known.
  let identity: ContentIdentity?
  /// The file with visible ASCII replaced by spaces, for positions; nil if nothing was found.
  let source: SourceFile?
  /// The private keys that were found.
  let diagnostics: [Diagnostic]

  /// Maximum size of a file that is searched, in bytes. Keys are usually in small files.
  static let maxBytes = 1 << 18

  init(path: String, bytes: [UInt8], identity: ContentIdentity?) {
    self.identity = identity
    let found = PrivateKeys.find(in: bytes, path: path)
    diagnostics = found.map { found in
      Diagnostic(
        .plaintextSecret, "\(found.what) is in plain text here",
        at: Diagnostic.Label(
          SourceLocation(path: path, range: SourceRange(found.range.lowerBound, found.range.upperBound))),
        notes: ["anybody who can read the repository or its history has this secret now"],
        help: "move the file out of the repository, generate a new key, and remove this one from the history; a key "
          + "that "
          + "protects nothing can be listed in .wpexignore")
    }
    // Reports must not show any line of the file.
    source = found.isEmpty ? nil : SourceFile(path: path, bytes: bytes.map { (0x21...0x7E).contains($0) ? 0x20 : $0 })
  }

  /// Returns whether `entry` has the same content; false if that is not known.
  func isUnchanged(_ entry: TreeEntry) -> Bool { identity != nil && identity == entry.identity }
}

extension Compiler {
  /// Returns the entries that a compilation searches for private keys, given an earlier one to reuse.
  ///
  /// They declare nothing, so those that cannot be read are skipped.
  package static func entriesToScan(in tree: RepositoryTree, reusing earlier: Compilation? = nil) -> [TreeEntry] {
    entries(in: tree, since: earlier, where: isScanned) { entry, platform, unit in
      (unit?.scanned ?? platform?.scanned)?[entry.path]?.isUnchanged(entry) ?? false
    }
  }

  private static func isScanned(_ entry: TreeEntry) -> Bool {
    entry.kind == .file && entry.size <= ScannedFile.maxBytes
      && !PathRole(of: entry.path, ignored: IgnoreGlobs()).isRead
  }

  /// Searches entries for private keys.
  ///
  /// - Parameters:
  ///   - entries: The entries; those that are not searched are skipped.
  ///   - contents: Contents by path.
  ///   - ignored: Globs of `.wpexignore`.
  ///   - known: Returns an earlier compilation's result for a path.
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
