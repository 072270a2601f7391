/// What a revision or a folder holds: names, kinds and sizes, without contents.
package struct SourceTree: Sendable {
  /// Every entry that is not a folder, sorted by path.
  package let entries: [SourceEntry]
  /// Folders by their path; empty for a working folder. Where one text stands for two paths, neither is here.
  package let folders: [String: Folder]
  /// Nil for a working folder.
  let walked: WalkedFolders?

  package struct Folder: Sendable, Equatable {
    /// The tree's id.
    package let identity: [UInt8]
    /// The number of entries that the walk found below it, at any depth.
    package let count: Int
  }

  package init(entries: [SourceEntry]) {
    self.entries = entries
    folders = [:]
    walked = nil
  }

  init(_ walked: WalkedFolders) {
    // The walk's order is this one already, but where text is compared otherwise than bytes.
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

  /// The tree id of a folder, where it stands for exactly so many entries: those that the walk found in that tree.
  package func identity(ofFolder path: String, holding count: Int) -> [UInt8]? {
    guard let folder = folders[path], folder.count == count else { return nil }
    return folder.identity
  }
}

/// One entry of a tree.
package struct SourceEntry: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case file, symbolicLink, submodule, other
    /// A folder that Git would not have written so, with the reason; its path ends with `/.`.
    case malformed(String)
  }

  /// The path with `/`; bytes that are not UTF-8 have become U+FFFD.
  package let path: String
  package let kind: Kind
  /// Bytes.
  package let size: Int
  /// The object id in Git. In a working folder it is nil, unless it was asked for or the file is not checked out.
  package let identity: [UInt8]?
  /// False for a file of a working folder that is in Git's index alone: a sparse checkout leaves it out.
  package let isCheckedOut: Bool

  package init(path: String, kind: Kind, size: Int, identity: [UInt8]? = nil, isCheckedOut: Bool = true) {
    self.path = path
    self.kind = kind
    self.size = size
    self.identity = identity
    self.isCheckedOut = isCheckedOut
  }
}

/// A commit.
package struct CommitInfo: Sendable, Equatable {
  /// Forty hexadecimal digits.
  package let id: String
  package let author: Signature
  package let committer: Signature
  /// The first line of the message.
  package let summary: String
  package let parents: [String]

  package struct Signature: Sendable, Equatable {
    package let name: String
    package let email: String
    /// Seconds since 1970-01-01 in UTC.
    package let time: Int64
  }
}

/// Why something could not be read, and what to do.
package struct GitStoreError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    case notARepository
    /// A repository of a form that cannot be read here.
    case unsupported
    case unknownRevision
    case unreadable
    case corrupt
    /// What is there is whole, but Git would not have written it so, or there is more of it than there may be.
    case malformed
    /// What is there stands in the way of what shall be written.
    case conflict
  }

  package let code: Code
  package let reason: String

  package init(_ code: Code, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  package var description: String { reason }

  package static func == (left: GitStoreError, right: GitStoreError) -> Bool { left.code == right.code }
}
