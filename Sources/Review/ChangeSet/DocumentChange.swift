package import ConfigCompiler
package import ConfigModel
package import Diagnostics
import TextFormats

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
