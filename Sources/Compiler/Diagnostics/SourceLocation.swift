/// A range in a file.
package struct SourceLocation: Sendable, Hashable {
  /// Path in the repository, with `/` and without a leading one.
  package var path: String
  /// The range.
  package var range: SourceRange

  package init(path: String, range: SourceRange) {
    self.path = path
    self.range = range
  }
}
