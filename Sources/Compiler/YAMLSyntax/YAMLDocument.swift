package import Diagnostics

/// A document of a file.
package struct YAMLDocument: Sendable {
  /// The document's value.
  package let root: YAMLNode
  /// Range of the document.
  package let range: SourceRange

  package init(root: YAMLNode, range: SourceRange) {
    self.root = root
    self.range = range
  }
}
