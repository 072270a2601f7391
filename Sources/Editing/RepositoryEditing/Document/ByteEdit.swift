import ConfigSchema
import Diagnostics
import YAMLSyntax
import TextFormats

/// A replacement of a range of bytes.
struct ByteEdit: Equatable {
  let range: Range<Int>
  let replacement: [UInt8]

  init(_ range: Range<Int>, _ replacement: [UInt8]) {
    self.range = range
    self.replacement = replacement
  }

  init(at offset: Int, _ text: [UInt8]) { self.init(offset..<offset, text) }

  /// Returns the bytes after all edits; nil if edits overlap or are out of bounds.
  static func apply(_ edits: [ByteEdit], to bytes: [UInt8]) -> [UInt8]? {
    var bytes = bytes
    var limit = bytes.count
    for edit in edits.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
      guard edit.range.lowerBound >= 0, edit.range.upperBound <= limit else { return nil }
      bytes.replaceSubrange(edit.range, with: edit.replacement)
      limit = edit.range.lowerBound
    }
    return bytes
  }
}
