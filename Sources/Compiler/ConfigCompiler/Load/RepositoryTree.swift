/// What a loader lists of one revision or folder: names and sizes, no contents yet.
///
/// Organizations stand apart, each with the identity of its whole folder, so that a second compile passes over those
/// that did not change.
package struct RepositoryTree: Sendable {
  /// Every entry that is not below `orgs/<org>/`.
  package var root: [TreeEntry]
  /// The folders below `orgs/`, sorted by name.
  package var organizations: [OrganizationFolder]

  package struct OrganizationFolder: Sendable {
    package let name: String
    /// The folder's tree id in Git; nil in a working folder.
    package let identity: ContentIdentity?
    package let entries: [TreeEntry]

    package init(name: String, identity: ContentIdentity?, entries: [TreeEntry]) {
      self.name = name
      self.identity = identity
      self.entries = entries
    }
  }

  package init(root: [TreeEntry], organizations: [OrganizationFolder]) {
    self.root = root
    self.organizations = organizations
  }

  /// Sorts entries into the root and the organizations' folders.
  ///
  /// - Parameter folderIdentity: the tree id of a folder by its path, where one stands for exactly so many entries.
  package init(entries: [TreeEntry], folderIdentity: (String, Int) -> ContentIdentity? = { _, _ in nil }) {
    root = []
    var folders: [String: [TreeEntry]] = [:]
    for entry in entries {
      if let name = Self.organization(of: entry.path) {
        folders[name, default: []].append(entry)
      } else {
        root.append(entry)
      }
    }
    organizations = folders.sorted { $0.key < $1.key }.map { name, entries in
      OrganizationFolder(name: name, identity: folderIdentity("orgs/\(name)", entries.count), entries: entries)
    }
  }

  /// The organization in whose folder a path lies; nil outside of all.
  package static func organization(of path: String) -> String? {
    guard path.utf8.starts(with: "orgs/".utf8) else { return nil }
    let rest = path.utf8.dropFirst(5)
    guard let slash = rest.firstIndex(of: UInt8(ascii: "/")), slash > rest.startIndex else { return nil }
    return String(rest[..<slash])
  }
}

/// What names a blob or tree by its contents, such as a Git object id.
package struct ContentIdentity: Sendable, Hashable {
  package let bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }
}

/// One entry of a tree.
package struct TreeEntry: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case file, symbolicLink, submodule, other
    /// A folder that Git would not have written so, with the reason; its path ends with `/.`.
    case malformed(String)
  }

  /// The path from the repository's root, with `/`. Bytes that are not UTF-8 have become U+FFFD.
  package let path: String
  package let kind: Kind
  /// Bytes.
  package let size: Int
  package let identity: ContentIdentity?

  package init(path: String, kind: Kind, size: Int, identity: ContentIdentity? = nil) {
    self.path = path
    self.kind = kind
    self.size = size
    self.identity = identity
  }
}
