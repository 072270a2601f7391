package import ConfigCompiler
package import ConfigModel
package import Diagnostics
package import TextFormats

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

/// A document whose meaning changed.
package struct DocumentChange: Sendable {
  /// Kinds of change.
  package enum Operation: String, Sendable, CaseIterable { case added, changed, removed }

  /// The document's identity.
  package let id: DocumentID
  /// The kind of change.
  package let operation: Operation
  /// The document in the base; nil if it was added.
  package let base: ParsedDocument?
  /// The document in the head; nil if it was removed.
  package let head: ParsedDocument?
  /// Fields that differ, in source order; fields that only the base has come last. For an added or removed document,
  /// all of its spec and metadata.
  package let fields: [FieldChange]
  /// The position to report: in the head, or in the base if the head has no such file.
  package let location: SourceLocation

  var place: (String, UInt32) { (location.path, location.range.start) }
}

/// A value that differs: a scalar, a list of scalars, or an empty collection. Elements of lists of objects are matched
/// by `name` if they have one.
package struct FieldChange: Sendable {
  /// The field's path in the head, or in the base if it was removed. Empty for a document as a whole.
  package let path: FieldPath
  /// The value in the base; nil if it was not set.
  package let old: JSON?
  /// The value in the head; nil if it is not set.
  package let new: JSON?
  /// Position of the old value; nil if it was not set.
  package let base: SourceLocation?
  /// Position of the new value; nil if it is not set.
  package let head: SourceLocation?
  /// The position to report: the new value, or what surrounded a removed one; in the base only if the head has no such
  /// file.
  package let location: SourceLocation
}

/// A changed path that does not change the meaning of a document.
package struct PathChange: Sendable, Equatable {
  /// Reasons why a change of a path is not a change of a document.
  package enum Reason: String, Sendable, CaseIterable {
    /// The compiler does not read the file.
    case unread
    /// A YAML file in a folder that must not contain one.
    case misplaced
    /// `.wpexignore`, which determines what the compiler reads.
    case ignoreFile
    /// A symbolic link, a submodule, a folder in a form that Git would not have written, or two paths with the same
    /// name.
    case notAFile
    /// The file is too large to read.
    case unreadable
    /// Part of the file is invalid, so its declarations are not fully known.
    case undecodable
    /// Comments, order or layout changed, but not the declarations.
    case layout
  }

  /// The changed path.
  package let path: String
  /// The organization whose folder contains the path; nil outside all of them.
  package let org: String?
  /// The kind of document allowed at the path, in the head, or in the base if the path was removed.
  package let role: PathRole
  /// The reason why no document changed.
  package let reason: Reason
}
