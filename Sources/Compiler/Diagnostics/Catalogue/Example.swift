/// A few files that show one point. They are laid over `Example.base`, which alone compiles without any diagnostic.
package struct Example: Sendable {
  package let entries: [Entry]
  /// Whoever changes the base to this, as `--actor` takes it; nil where the files alone show the point.
  package let actor: String?

  package init(_ entries: [Entry], by actor: String? = nil) {
    self.entries = entries
    self.actor = actor
  }

  /// One example file of ordinary text.
  package init(_ path: String, _ text: String) { self.init([Entry(path, .text(text))]) }

  /// One entry of the example's tree.
  package struct Entry: Sendable {
    package let path: String
    package let content: Content

    package init(_ path: String, _ content: Content) {
      self.path = path
      self.content = content
    }
  }

  package enum Content: Sendable, Equatable {
    case text(String)
    /// Text around bytes that no Swift string can carry.
    case bytes([UInt8])
    /// `text` repeated, for sizes that nobody wants to read.
    case repeated(prefix: String, text: String, count: Int)
    case symbolicLink(target: String)
    case submodule
    /// The file of the base is taken away.
    case absent
  }
}
