import ConfigSchema
import YAMLSyntax
package import Diagnostics

/// Position of a document in its file.
///
/// The YAML tree is not kept: a diagnostic that needs a range parses the file again. Only faulty repositories pay for
/// that, and a hundred thousand documents stay small.
package struct SourceDocument: Sendable {
  /// The file.
  package let file: SourceFile
  /// Index of the document in the file, from 0.
  package let index: Int
  /// Line on which the document begins, from 1.
  package let line: Int
  /// Offset at which the document's content ends.
  let end: UInt32

  /// Path of the file.
  package var path: String { file.path }
}
