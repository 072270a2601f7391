import ConfigModel
package import ConfigCompiler
package import Diagnostics
package import TextFormats

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
