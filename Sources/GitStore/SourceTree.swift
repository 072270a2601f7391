/// What a revision or a folder holds: names, kinds and sizes, without contents.
package struct SourceTree: Sendable {
  /// Every entry that is no folder, sorted by path.
  package let entries: [SourceEntry]
  /// The tree ids of folders by their path; empty for a working folder.
  package let folders: [String: [UInt8]]

  package init(entries: [SourceEntry], folders: [String: [UInt8]] = [:]) {
    self.entries = entries
    self.folders = folders
  }

  /// The entries below a folder, which stand side by side.
  func entries(below folder: String) -> ArraySlice<SourceEntry> {
    // `0` comes after `/`.
    entries[position(of: folder + "/")..<position(of: folder + "0")]
  }

  /// Of the first entry that is not before a path.
  private func position(of path: String) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].path < path { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// One entry of a tree.
package struct SourceEntry: Sendable, Equatable {
  package enum Kind: Sendable, Equatable { case file, symbolicLink, submodule, other }

  /// The path with `/`; bytes that are not UTF-8 have become U+FFFD.
  package let path: String
  package let kind: Kind
  /// Bytes.
  package let size: Int
  /// The object id in Git; nil in a working folder.
  package let identity: [UInt8]?

  package init(path: String, kind: Kind, size: Int, identity: [UInt8]? = nil) {
    self.path = path
    self.kind = kind
    self.size = size
    self.identity = identity
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
    case unknownRevision
    case unreadable
    case corrupt
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
