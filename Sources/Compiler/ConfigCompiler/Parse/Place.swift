import Diagnostics
import ConfigSchema
import YAMLSyntax

/// A field of a document, for a diagnostic's label.
package struct Place: Sendable {
  /// The document.
  package let document: SourceDocument
  /// Path of the field.
  package let path: FieldPath
  /// Text of the label; nil if there is none.
  package let text: String?

  init(_ document: SourceDocument, _ path: FieldPath, _ text: String? = nil) {
    self.document = document
    self.path = path
    self.text = text
  }
}
