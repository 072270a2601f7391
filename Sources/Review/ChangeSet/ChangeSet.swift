package import ConfigCompiler
package import ConfigModel
package import Diagnostics
package import TextFormats

/// What differs between two revisions: document by document and field by field, and every path that differs without
/// declaring anything else. Nothing that changed is in neither.
///
/// Formatting, comments, a default written out and a document moved within its organization change no document; their
/// paths are among `otherPaths`.
package struct ChangeSet: Sendable {
  /// Documents whose meaning changed, sorted by what they declare.
  package let documents: [DocumentChange]
  /// Paths with a change that no document tells of, sorted.
  package let otherPaths: [PathChange]

  package var isEmpty: Bool { documents.isEmpty && otherPaths.isEmpty }

  /// - Complexity: linear in the entries of folders that differ; only files that differ are parsed again.
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
  package enum Operation: String, Sendable, CaseIterable { case added, changed, removed }

  package let id: DocumentID
  package let operation: Operation
  /// What it declared before; nil where it is added.
  package let base: ParsedDocument?
  /// What it declares now; nil where it is removed.
  package let head: ParsedDocument?
  /// The fields that differ, in the order in which they are written; those only of the base come last. Of an added or
  /// removed document, all of its spec and metadata.
  package let fields: [FieldChange]
  /// Where to look at it: in the head, or in the base where the head has no such file.
  package let location: SourceLocation

  var place: (String, UInt32) { (location.path, location.range.start) }
}

/// One value that differs: a scalar, a list of scalars, or an empty collection. Elements of lists of objects are compared
/// by their `name` where they have one.
package struct FieldChange: Sendable {
  /// The way to it in the head, or in the base where it is gone. Empty for a document as a whole.
  package let path: FieldPath
  /// The value before; nil where none was written.
  package let old: JSON?
  /// The value now; nil where none is written.
  package let new: JSON?
  /// Where the old value stands; nil where none was written.
  package let base: SourceLocation?
  /// Where the new value stands; nil where none is written.
  package let head: SourceLocation?
  /// Where to look at it: the new value, or what stands around the one that is gone; in the base only where the head
  /// has no such file.
  package let location: SourceLocation
}

/// A path that differs without changing the meaning of a document.
package struct PathChange: Sendable, Equatable {
  package enum Reason: String, Sendable, CaseIterable {
    /// The compiler reads no such file.
    case unread
    /// A YAML file where none belongs.
    case misplaced
    /// `.wpexignore`, which decides what is read.
    case ignoreFile
    /// A symbolic link, a submodule, a folder that Git would not have written so, or two paths under one name.
    case notAFile
    /// Too large to be read.
    case unreadable
    /// Something in it cannot be understood, so that what it declares is not fully known.
    case undecodable
    /// It declares what it did before: comments, order and layout.
    case layout
  }

  package let path: String
  /// The organization in whose folder it lies; nil outside of all.
  package let org: String?
  /// What may be declared there, in the head or, where it is gone, in the base.
  package let role: PathRole
  package let reason: Reason
}
