import ConfigCompiler
import ConfigModel
import Diagnostics
import TextFormats

/// The difference between two revisions: changed documents, field by field, and changed paths that do not change a
/// document's meaning. Every change is in one of the two.
///
/// Formatting, comments, a default written out, and moving a document within its organization do not change a document;
/// their paths are in `otherPaths`.
package struct ChangeSet: Sendable {
  /// Documents whose meaning changed, sorted by id.
  package let documents: [DocumentChange]
  /// Other changed paths, sorted.
  package let otherPaths: [PathChange]

  /// Whether there are no differences.
  package var isEmpty: Bool { documents.isEmpty && otherPaths.isEmpty }

  /// Compares two revisions.
  ///
  /// - Complexity: Linear in the entries of folders that differ; only files that differ are parsed again.
  package init(from base: Revision, to head: Revision) {
    var comparison = Comparison(base: base, head: head)
    comparison.run()
    documents = comparison.documents.sorted { left, right in
      left.id != right.id ? left.id < right.id : left.place < right.place
    }
    otherPaths = comparison.otherPaths.sorted { ($0.path, $0.reason.rawValue) < ($1.path, $1.reason.rawValue) }
  }
}
