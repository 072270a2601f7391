import Diagnostics
import TextFormats
import YAMLSyntax

/// Rules about a tree that depend only on names, types and sizes.
package enum TreeRules {
  /// Maximum size of a file that is read, in bytes.
  package static let maxFileBytes = 1 << 20

  /// Returns all problems of `entries`, which share one parent folder's subtree.
  static func check(_ entries: [TreeEntry], ignored: IgnoreGlobs) -> [Diagnostic] {
    var diagnostics: [Diagnostic] = []
    let rendered = renderedFolders(entries)
    for entry in entries {
      let label = Diagnostic.Label(SourceLocation(path: entry.path, range: .fileStart))
      if case .malformed(let reason) = entry.kind {
        diagnostics.append(malformed(entry, reason, label))
        continue
      }
      if let reason = unsafeReason(entry.path) {
        diagnostics.append(
          Diagnostic(
            .unsafePath, "`\(entry.path)` is not a safe path: \(reason)", at: label, help: "rename or remove it"))
      }
      switch entry.kind {
      case .symbolicLink:
        diagnostics.append(
          Diagnostic(
            .symbolicLink, "`\(entry.path)` is a symbolic link", at: label,
            help: "put the file itself here, or remove the link"))
      case .submodule:
        diagnostics.append(
          Diagnostic(
            .submodule, "`\(entry.path)` is a submodule", at: label, help: "put its files into this repository"))
      case .other:
        diagnostics.append(
          Diagnostic(
            .symbolicLink, "`\(entry.path)` is neither a file nor a folder", at: label, help: "remove it"))
      case .malformed: break
      case .file:
        let role = PathRole(of: entry.path, ignored: ignored)
        if role == .misplaced, !rendered.contains(where: entry.path.hasPrefix) {
          diagnostics.append(misplaced(entry, label))
        }
        if role.isRead, entry.size > maxFileBytes {
          diagnostics.append(
            Diagnostic(
              .fileTooLarge, "`\(entry.path)` has \(entry.size) bytes; a file can have at most 1 MiB (\(maxFileBytes))",
              at: label, help: "split it into several files"))
        }
      }
    }
    return diagnostics
  }

  /// Name of the file with which `wpex render` marks its output folder.
  package static let renderMarker = ".wpex-render"

  /// Returns the folders that `wpex render` wrote, which declare nothing; each ends with `/`.
  ///
  /// Folders of declarations cannot be marked in this way.
  private static func renderedFolders(_ entries: [TreeEntry]) -> [String] {
    entries.compactMap { entry in
      guard entry.kind == .file, entry.path.hasSuffix("/" + renderMarker) else { return nil }
      let folder = String(entry.path.dropLast(renderMarker.count))
      return ["orgs/", "roles/", "users/"].contains(where: folder.hasPrefix) ? nil : folder
    }
  }

  private static func malformed(_ entry: TreeEntry, _ reason: String, _ label: Diagnostic.Label) -> Diagnostic {
    Diagnostic(
      .unsafePath, "the folder `\(entry.path.dropLast(2))` is malformed: \(reason)", at: label,
      notes: ["none of it was read; `git fsck --strict` shows what is broken"],
      help: "create the commit again with Git itself")
  }

  private static func misplaced(_ entry: TreeEntry, _ label: Diagnostic.Label) -> Diagnostic {
    let isShort = entry.path.hasSuffix(".yml")
    return Diagnostic(
      .misplacedFile, "`\(entry.path)` does not belong in a config repository", at: label,
      notes: [
        "YAML files belong at platform.yaml, roles/*.yaml, users/*.yaml, orgs/<org>/organization.yaml and "
          + "orgs/<org>/{users,keys,relays}/*.yaml"
      ],
      help: isShort
        ? "name it `.yaml`"
        : "move it to its proper path or below docs/, or list it in .wpexignore if it is not for wpex")
  }

  /// Returns why a path could cause harm on some system; nil if it could not.
  private static func unsafeReason(_ path: String) -> String? {
    if path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return "it contains a control character" }
    if path.utf8.contains(UInt8(ascii: "\\")) { return "it contains a backslash" }
    if path.utf8.contains(where: { $0 >= 0x80 }), path.unicodeScalars.contains("\u{FFFD}") {
      return "it is not valid UTF-8"
    }
    for part in path.separated(at: "/", omittingEmptySubsequences: false) {
      if part.isEmpty || part == "." || part == ".." { return "`\(part)` leads elsewhere" }
      // Only names that begin like this can be a variant of `.git`; most names need no closer look.
      guard
        part.utf8.first == UInt8(ascii: ".") || part.utf8.first == UInt8(ascii: "g")
          || part.utf8.first == UInt8(ascii: "G") || part.utf8.contains(where: { $0 >= 0x80 })
      else { continue }
      if isGitVariant(part) { return "`\(part)` could be mistaken for `.git`" }
    }
    return unseenReason(path)
  }

  /// Returns why a name deceives reviewers by looking like another one, whatever the file is; nil if it does not.
  private static func unseenReason(_ path: String) -> String? {
    guard path.utf8.contains(where: { $0 >= 0x80 }) else { return nil }
    for part in path.separated(at: "/") {
      if let character = UnseenCharacter.first(inName: part) { return "it contains \(character), which is invisible" }
    }
    return nil
  }

  /// Returns whether some file system treats a name as `.git`.
  ///
  /// Such file systems ignore case, or are NTFS (short names, trailing dots and spaces, streams) or HFS+ (ignored code
  /// points).
  private static func isGitVariant(_ part: Substring) -> Bool {
    let visible = String(String.UnicodeScalarView(part.unicodeScalars.filter { !isIgnoredByHFS($0) })).lowercased()
    var stem = visible.utf8.prefix { $0 != UInt8(ascii: ":") }
    while let last = stem.last, last == UInt8(ascii: ".") || last == UInt8(ascii: " ") { stem.removeLast() }
    let trimmed = String(Substring(stem))
    return trimmed == ".git" || trimmed == "git~1"
  }

  private static func isIgnoredByHFS(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x200C...0x200F, 0x202A...0x202E, 0x206A...0x206F, 0xFEFF: true
    default: false
    }
  }
}
