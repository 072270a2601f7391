/// A half-open range of byte offsets in a file. Files have at most 1 MiB, so 32 bits are ample.
package struct SourceRange: Sendable, Hashable {
  /// Offset of the first byte.
  package var start: UInt32
  /// Offset after the last byte.
  package var end: UInt32

  /// Makes a range; empty at `start` if `end` is before it.
  package init(start: UInt32, end: UInt32) {
    self.start = start
    self.end = max(start, end)
  }

  /// Makes a range; offsets that do not fit into 32 bits are clamped.
  package init(_ start: Int, _ end: Int) {
    self.init(start: UInt32(clamping: start), end: UInt32(clamping: end))
  }

  /// The beginning of a file, where a problem of the whole file is shown.
  package static let fileStart = SourceRange(start: 0, end: 0)
}
