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

/// One entry of a tree.
package struct SourceEntry: Sendable, Equatable {
  /// Kinds of entries.
  package enum Kind: Sendable, Equatable {
    case file, symbolicLink, submodule, other
    /// A folder that Git would not have written this way, with the reason; its path ends with `/.`.
    case malformed(String)
  }

  /// The path with `/` as separator; bytes that are not UTF-8 are replaced by U+FFFD.
  package let path: String
  /// The kind of entry.
  package let kind: Kind
  /// Size in bytes.
  package let size: Int
  /// The object id in Git. In a working folder, nil unless it was requested or the file is not checked out.
  package let identity: [UInt8]?
  /// Whether the file exists in the working folder; false if only Git's index has it because a sparse checkout leaves
  /// it out.
  package let isCheckedOut: Bool

  package init(path: String, kind: Kind, size: Int, identity: [UInt8]? = nil, isCheckedOut: Bool = true) {
    self.path = path
    self.kind = kind
    self.size = size
    self.identity = identity
    self.isCheckedOut = isCheckedOut
  }
}

/// Metadata of a commit.
package struct CommitInfo: Sendable, Equatable {
  /// The commit's id, 40 hexadecimal digits.
  package let id: String
  /// The author of the change.
  package let author: Signature
  /// The committer.
  package let committer: Signature
  /// The first line of the message.
  package let summary: String
  /// Ids of the parents as the commit object records them.
  package let parents: [String]

  /// A name, an address and a time in a commit.
  package struct Signature: Sendable, Equatable {
    /// The name.
    package let name: String
    /// The email address.
    package let email: String
    /// Seconds since 1970-01-01 UTC.
    package let time: Int64
  }
}

/// An error of this module: the reason and, if there is one, a remedy.
package struct GitStoreError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Categories of errors.
  package enum Code: String, Sendable {
    case notARepository
    /// The repository's format is not supported.
    case unsupported
    case unknownRevision
    case unreadable
    case corrupt
    /// The data is intact, but not in a form that Git writes, or it exceeds a limit.
    case malformed
    /// The existing state prevents a write.
    case conflict
  }

  /// The category.
  package let code: Code
  /// A sentence for the user, with a remedy.
  package let reason: String

  package init(_ code: Code, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  package var description: String { reason }

  /// Compares the categories only.
  package static func == (left: GitStoreError, right: GitStoreError) -> Bool { left.code == right.code }
}
