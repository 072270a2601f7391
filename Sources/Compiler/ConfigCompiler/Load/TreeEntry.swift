/// An entry of a tree.
package struct TreeEntry: Sendable, Equatable {
  /// Type of an entry.
  package enum Kind: Sendable, Equatable {
    case file, symbolicLink, submodule, other
    /// A folder that Git would not have written in this form, with the reason. Its path ends with `/.`.
    case malformed(String)
  }

  /// Path from the repository's root, with `/`. Bytes that are not UTF-8 are replaced by U+FFFD.
  package let path: String
  /// Type of the entry.
  package let kind: Kind
  /// Size in bytes.
  package let size: Int
  /// Identity of the content; nil if it is not known.
  package let identity: ContentIdentity?

  package init(path: String, kind: Kind, size: Int, identity: ContentIdentity? = nil) {
    self.path = path
    self.kind = kind
    self.size = size
    self.identity = identity
  }
}
