/// A line and a column, both from 1. Columns count Unicode scalars.
package struct SourcePosition: Sendable, Hashable, Comparable {
  /// Line, from 1.
  package var line: Int
  /// Column in Unicode scalars, from 1.
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  package static func < (left: SourcePosition, right: SourcePosition) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}
