package import Diagnostics

/// Application of the fixes in diagnostics.
package enum FixApplication {
  /// Returns the files that change, with their new content and the number of fixes.
  ///
  /// Applies only certain fixes. Edits that touch an earlier edit are left for the next run, because the text that they
  /// apply to may be different by then.
  ///
  /// - Parameters:
  ///   - diagnostics: in file order.
  ///   - source: returns a file by its path.
  package static func apply(
    _ diagnostics: [Diagnostic], source: (String) -> SourceFile?
  ) -> [(file: SourceFile, fixes: Int)] {
    let (edits, counts) = certainEdits(of: diagnostics)
    return edits.keys.sorted().compactMap { path in
      guard let file = source(path), let changes = edits[path], let bytes = replace(changes, in: file.bytes) else {
        return nil
      }
      return (SourceFile(path: path, bytes: bytes), counts[path] ?? 0)
    }
  }

  /// Returns the edits of certain fixes that do not touch each other, by file, and the number of fixes by the file of
  /// the diagnostic.
  ///
  /// - Parameter diagnostics: in file order; the earlier of two touching fixes wins.
  package static func certainEdits(
    of diagnostics: [Diagnostic]
  ) -> (edits: [String: [Diagnostic.Edit]], counts: [String: Int]) {
    var edits: [String: [Diagnostic.Edit]] = [:]
    var counts: [String: Int] = [:]
    for diagnostic in diagnostics {
      guard let fix = diagnostic.fixes.first(where: \.isCertain), !fix.edits.isEmpty else { continue }
      let isFree = fix.edits.allSatisfy { edit in
        !(edits[edit.location.path] ?? []).contains { $0.location.range.touches(edit.location.range) }
      }
      guard isFree else { continue }
      for edit in fix.edits { edits[edit.location.path, default: []].append(edit) }
      counts[diagnostic.primary.location.path, default: 0] += 1
    }
    return (edits, counts)
  }

  /// Returns the bytes after all edits, applied from last to first; nil if an edit is out of bounds.
  private static func replace(_ edits: [Diagnostic.Edit], in bytes: [UInt8]) -> [UInt8]? {
    var bytes = bytes
    for edit in edits.sorted(by: { $0.location.range.start > $1.location.range.start }) {
      let range = Int(edit.location.range.start)..<Int(edit.location.range.end)
      guard range.upperBound <= bytes.count else { return nil }
      bytes.replaceSubrange(range, with: edit.replacement.utf8)
    }
    return bytes
  }
}

extension SourceRange {
  /// Whether two ranges overlap or are adjacent.
  fileprivate func touches(_ other: SourceRange) -> Bool { start <= other.end && other.start <= end }
}
