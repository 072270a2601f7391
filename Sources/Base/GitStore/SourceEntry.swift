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
