/// A file's path and bytes, as read.
package struct SourceFile: Sendable {
  /// Path in the repository, with `/` and without a leading one.
  package let path: String
  /// Content of the file.
  package let bytes: [UInt8]

  package init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  /// Makes a file of UTF-8 text.
  package init(path: String, text: String) { self.init(path: path, bytes: Array(text.utf8)) }

  /// Returns the table of the file's lines, computed on demand: only files that are shown need it.
  package func lineTable() -> LineTable { LineTable(self) }
}
