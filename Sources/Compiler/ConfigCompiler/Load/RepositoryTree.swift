/// Listing of a revision or folder: names and sizes, without contents.
///
/// Organizations are listed separately, each with the identity of its whole folder, so that a later compilation can
/// skip those that did not change.
package struct RepositoryTree: Sendable {
  /// All entries that are not below `orgs/<org>/`.
  package var root: [TreeEntry]
  /// The folders below `orgs/`, sorted by name.
  package var organizations: [OrganizationFolder]

  /// The folder of an organization.
  package struct OrganizationFolder: Sendable {
    /// Name of the folder and of the organization.
    package let name: String
    /// Tree ID of the folder in Git; nil in a working folder.
    package let identity: ContentIdentity?
    /// All files below the folder.
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
  /// - Parameters:
  ///   - entries: All entries of the tree.
  ///   - folderIdentity: Returns the tree ID of the folder at a path, provided that it covers the given number of
  ///     entries.
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

  /// Returns the organization whose folder contains a path; nil if there is none.
  package static func organization(of path: String) -> String? {
    guard path.utf8.starts(with: "orgs/".utf8) else { return nil }
    let rest = path.utf8.dropFirst(5)
    guard let slash = rest.firstIndex(of: UInt8(ascii: "/")), slash > rest.startIndex else { return nil }
    return String(rest[..<slash])
  }

  /// Returns the organization whose folder contains a path or is the path, such as `acme` for `orgs/acme`; nil if there
  /// is none.
  package static func owner(ofFileOrFolder path: String) -> String? {
    organization(of: path) ?? organization(of: path + "/")
  }
}
