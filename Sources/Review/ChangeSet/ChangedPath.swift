import ConfigCompiler
import Diagnostics

/// A path that differs between the two sides.
struct ChangedPath {
  /// What one side has at a path.
  enum Content {
    case nothing
    case file(ParsedFile)
    case other(PathChange.Reason)
  }

  let path: String
  /// The kind of document allowed at the path, in the head, or in the base if the path was removed.
  let role: PathRole
  let base: Content
  let head: Content

  /// Whether the head's file begins with all of the base's content.
  var isExtended: Bool {
    guard case .file(let before) = base else { return true }
    guard case .file(let after) = head else { return false }
    return after.source.bytes.starts(with: before.source.bytes)
  }

  /// Returns all paths that differ, unordered.
  static func all(from base: Revision, to head: Revision) -> [ChangedPath] {
    let isSameLayout = base.compilation.platform.ignored == head.compilation.platform.ignored
    var entries = Entries(base: base, head: head, isSameLayout: isSameLayout)
    entries.compare(base.tree.root, head.tree.root)
    let before = Dictionary(base.tree.organizations.map { ($0.name, $0) }) { first, _ in first }
    let after = Dictionary(head.tree.organizations.map { ($0.name, $0) }) { first, _ in first }
    for name in Set(before.keys).union(after.keys) {
      let (old, new) = (before[name], after[name])
      if isSameLayout, let identity = old?.identity, identity == new?.identity { continue }
      entries.compare(old?.entries ?? [], new?.entries ?? [])
    }
    return entries.changed
  }
}

extension ChangedPath.Content {
  var documents: [ParsedDocument] {
    if case .file(let file) = self { file.documents } else { [] }
  }

  /// The reason why the content is not fully described by its documents; nil if it is.
  var reason: PathChange.Reason? {
    switch self {
    case .nothing: nil
    case .file(let file): file.isIncomplete ? .undecodable : nil
    case .other(let reason): reason
    }
  }
}

private struct Entries {
  let base: Revision
  let head: Revision
  /// Whether `.wpexignore` is the same on both sides.
  let isSameLayout: Bool
  var changed: [ChangedPath] = []

  /// Compares the entries of one folder. Swift considers paths equal that differ only in Unicode normalization, and so
  /// may file systems; such a path counts as not a file.
  mutating func compare(_ before: [TreeEntry], _ after: [TreeEntry]) {
    let before = Dictionary(grouping: before, by: \.path)
    let after = Dictionary(grouping: after, by: \.path)
    for path in Set(before.keys).union(after.keys) {
      let (old, new) = (before[path] ?? [], after[path] ?? [])
      let roles = (role(path, base), role(path, head))
      if isSame(old, new, path), isSameLayout || roles.0 == roles.1 { continue }
      changed.append(
        ChangedPath(
          path: path, role: new.isEmpty ? roles.0 : roles.1, base: content(old, roles.0, base),
          head: content(new, roles.1, head)))
    }
  }

  private func role(_ path: String, _ revision: Revision) -> PathRole {
    PathRole(of: path, ignored: revision.compilation.platform.ignored)
  }

  private func isSame(_ old: [TreeEntry], _ new: [TreeEntry], _ path: String) -> Bool {
    guard old.count == 1, new.count == 1, let old = old.first, let new = new.first else { return false }
    guard old.kind == new.kind, old.path.utf8.elementsEqual(new.path.utf8) else { return false }
    if let identity = old.identity, let other = new.identity { return identity == other }
    // Entries of a working folder have no identity, but their contents can be compared.
    guard let before = base.file(path), let after = head.file(path) else { return false }
    return before.source.bytes == after.source.bytes
  }

  private func content(_ entries: [TreeEntry], _ role: PathRole, _ revision: Revision) -> ChangedPath.Content {
    guard let entry = entries.first else { return .nothing }
    guard entries.count == 1, entry.kind == .file else { return .other(.notAFile) }
    switch role {
    case .unread: return .other(.unread)
    case .misplaced: return .other(.misplaced)
    case .ignoreFile: return .other(.ignoreFile)
    case .platform, .roles, .globalUsers, .organization, .organizationUsers, .keys, .relays:
      guard let file = revision.file(entry.path) else { return .other(.unreadable) }
      return .file(file)
    }
  }
}
