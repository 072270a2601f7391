package import Diagnostics

/// Result of parsing a file: the documents that could be read, and all problems found.
package struct YAMLParse: Sendable {
  /// The documents, without those that were rejected.
  package let documents: [YAMLDocument]
  /// The problems, in file order.
  package let diagnostics: [Diagnostic]

  package init(documents: [YAMLDocument], diagnostics: [Diagnostic]) {
    self.documents = documents
    self.diagnostics = diagnostics
  }
}
