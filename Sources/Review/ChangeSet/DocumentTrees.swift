import ConfigCompiler
import ConfigSchema
import Diagnostics
import TextFormats
import YAMLSyntax

/// A cache of one side's YAML trees, so that each file is parsed once.
struct DocumentTrees {
  private var files: [String: [YAMLDocument]] = [:]

  mutating func root(of document: SourceDocument) -> YAMLNode? {
    let documents: [YAMLDocument]
    if let known = files[document.path] {
      documents = known
    } else {
      documents = YAMLParser.parse(document.file).documents
      files[document.path] = documents
    }
    return documents.indices.contains(document.index) ? documents[document.index].root : nil
  }
}

extension YAMLNode {
  /// Whether the value equals the field's default.
  func isDefault(of field: FieldShape) -> Bool {
    guard let text = field.defaultText else { return false }
    let parse = YAMLParser.parse(SourceFile(path: "", text: text))
    guard parse.diagnostics.isEmpty, let document = parse.documents.first else { return false }
    return JSON(document.root) == JSON(self)
  }
}
