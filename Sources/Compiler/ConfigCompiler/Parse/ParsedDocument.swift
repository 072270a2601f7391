import ConfigModel
import Diagnostics
import YAMLSyntax
package import ConfigSchema

/// A document that matches the schema of its kind.
package struct ParsedDocument: Sendable {
  /// Position of the document.
  package let source: SourceDocument
  /// The decoded document.
  package let declaration: Declaration

  package init(source: SourceDocument, declaration: Declaration) {
    self.source = source
    self.declaration = declaration
  }
}
