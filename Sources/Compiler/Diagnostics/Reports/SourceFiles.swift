/// Texts of the files that diagnostics refer to.
package struct SourceFiles: Sendable {
  private let files: [String: SourceFile]

  /// Makes the set of these files. If two have the same path, the first wins.
  package init(_ files: some Sequence<SourceFile>) {
    self.files = Dictionary(files.map { ($0.path, $0) }) { first, _ in first }
  }

  /// Collects the files that `diagnostics` mention, calling `lookUp` once for each path.
  package init(of diagnostics: [Diagnostic], _ lookUp: (String) -> SourceFile?) {
    let paths = Set(
      diagnostics.flatMap { diagnostic in
        [diagnostic.primary.location.path] + diagnostic.related.map(\.location.path)
          + diagnostic.fixes.flatMap { $0.edits.map(\.location.path) }
      })
    self.init(paths.compactMap(lookUp))
  }

  /// The file at `path`; nil if its text is not known.
  package subscript(path: String) -> SourceFile? { files[path] }
}

/// Line tables of files, computed on first use.
struct LineTables {
  private let files: SourceFiles
  private var tables: [String: LineTable] = [:]
  private var shown: [String: Bool] = [:]

  init(_ files: SourceFiles) { self.files = files }

  /// Returns the table of a file; that of an empty file if its text is not known.
  mutating func table(_ path: String) -> LineTable {
    if let table = tables[path] { return table }
    let table = (files[path] ?? SourceFile(path: path, bytes: [])).lineTable()
    tables[path] = table
    return table
  }

  /// Returns whether lines of a file may be shown: its text is known and contains no secret.
  mutating func mayShow(_ path: String) -> Bool {
    if let known = shown[path] { return known }
    let mayShow = files[path].map { !SecretMarks.occur(in: $0.bytes) } ?? false
    shown[path] = mayShow
    return mayShow
  }

  mutating func start(_ location: SourceLocation) -> SourcePosition {
    table(location.path).position(at: Int(location.range.start))
  }

  mutating func end(_ location: SourceLocation) -> SourcePosition {
    table(location.path).position(at: Int(location.range.end))
  }
}
