/// A few files that demonstrate one point, on top of `Example.base`, which alone compiles without diagnostics.
package struct Example: Sendable {
  /// The files, and what replaces them.
  package let entries: [Entry]
  /// Author of the change to this example, as `--actor` accepts it; nil if the files alone make the point.
  package let actor: String?

  package init(_ entries: [Entry], by actor: String? = nil) {
    self.entries = entries
    self.actor = actor
  }

  /// Makes an example of one text file.
  package init(_ path: String, _ text: String) { self.init([Entry(path, .text(text))]) }

  /// An entry of the example's tree.
  package struct Entry: Sendable {
    /// Path in the repository.
    package let path: String
    /// Content of the file, or what is there instead.
    package let content: Content

    package init(_ path: String, _ content: Content) {
      self.path = path
      self.content = content
    }
  }

  /// Content of an entry.
  package enum Content: Sendable, Equatable {
    /// A text file.
    case text(String)
    /// A file whose bytes a Swift string cannot contain.
    case bytes([UInt8])
    /// A file with `text` repeated after `prefix`, for files too large to print.
    case repeated(prefix: String, text: String, count: Int)
    /// A symbolic link.
    case symbolicLink(target: String)
    /// A Git submodule.
    case submodule
    /// No file: the one of the base is removed.
    case absent
  }
}
