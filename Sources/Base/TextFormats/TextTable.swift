/// Table of text whose columns are as wide as their widest cells.
package struct TextTable {
  private var rows: [[String]]

  /// - Parameter head: Titles of the columns.
  package init(_ head: [String]) { rows = [head] }

  /// Adds a row, with control characters made visible.
  package mutating func add(_ row: [String]) { rows.append(row.map(\.visible)) }

  /// The table, without a line feed at its end.
  package var text: String {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
        .joined(separator: "  ")
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }
}
