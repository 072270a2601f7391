import ConfigModel
import ConfigSchema
import Diagnostics
import TextFormats
import RepositorySupport
import TestSupport
import Testing
import YAMLSyntax

/// Python's jsonschema and our decoder come to the same verdict on the shape of documents.
@Suite struct SchemaAgreementTests {
  @Test func decoderAgreesWithJSONSchema() throws {
    try ExternalCommand.withFolder { folder in
      let outcome = try Judge.run(
        "schema_mutations.py", "\(packageRoot)/schemas", SampleRepository.path, "3000", "20261123", folder: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let lines = outcome.output.split(separator: "\n")
      #expect(lines.count > 3_000)
      var verdicts = [true: 0, false: 0]
      for line in lines {
        let judged = try JSON(parsing: line.utf8)
        let kind = try #require(judged["kind"]?.text)
        let text = try #require(judged["document"]?.text)
        let isValid = judged["valid"] == .bool(true)
        verdicts[isValid, default: 0] += 1
        let faults = try shapeFaults(of: text, kind: kind)
        #expect(
          faults.isEmpty == isValid,
          "\(kind) \(text)\njsonschema: \(judged["errors"]?.text ?? "\(judged["errors"] ?? .null)")\ndecoder: \(faults)"
        )
      }
      // A judge that says one thing only judges nothing.
      #expect(verdicts[true, default: 0] > 200 && verdicts[false, default: 0] > 1_000)
    }
  }

  /// The decoder's messages about shape; a value of the right form that does not exist is none.
  private func shapeFaults(of text: String, kind: String) throws -> [String] {
    let file = SourceFile(path: "document.yaml", text: text)
    let parse = YAMLParser.parse(file)
    #expect(parse.diagnostics.isEmpty)
    let root = try #require(parse.documents.first?.root)
    var context = DecodingContext(path: file.path)
    _ = try #require(DocumentSchema.named(kind)).decode(root, &context)
    return context.diagnostics.filter { $0.code != .impossibleValue }.map { "\($0.code.rawValue) \($0.message)" }
  }
}
