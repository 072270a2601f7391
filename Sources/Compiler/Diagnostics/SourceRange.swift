/// A half-open range of byte offsets into one file. Files are at most 1 MiB, so 32 bits are ample.
package struct SourceRange: Sendable, Hashable {
  package var start: UInt32
  package var end: UInt32

  package init(start: UInt32, end: UInt32) {
    self.start = start
    self.end = max(start, end)
  }

  package init(_ start: Int, _ end: Int) {
    self.init(start: UInt32(clamping: start), end: UInt32(clamping: end))
  }

  /// The very beginning of a file: where a problem of the file as a whole is shown.
  package static let fileStart = SourceRange(start: 0, end: 0)
}

/// A range in a file named by its path in the repository (always with `/`, never with a leading one).
package struct SourceLocation: Sendable, Hashable {
  package var path: String
  package var range: SourceRange

  package init(path: String, range: SourceRange) {
    self.path = path
    self.range = range
  }
}
