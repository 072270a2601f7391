import ConfigModel
import ConfigSchema
import Diagnostics
import TextFormats
import TestSupport
import Testing
import YAMLSyntax

@Suite struct DerivedTests {
  @Test(arguments: [
    "Relay", "Relay.spec.port", "Key.spec.status", "relay.spec.keys", "Platform.spec.regions[].exposure",
  ])
  func explanations(_ path: String) throws {
    let explanation = try FieldExplanation(of: path)
    expectGolden(
      explanation.text + "\n", at: "\(folder())/Golden/explain/\(path.replacing("[]", with: "")).txt")
  }

  @Test func unknownPathsGetASuggestion() {
    #expect(throws: FieldExplanation.UnknownPath.self) { try FieldExplanation(of: "Relay.spec.prot") }
    do {
      _ = try FieldExplanation(of: "Relay.spec.prot")
    } catch {
      #expect(error.suggestion == "Relay.spec.port")
    }
  }

  @Test(arguments: FieldExplanation.allPaths)
  func everyPathIsExplained(_ path: String) throws {
    #expect(!(try FieldExplanation(of: path).text.isEmpty))
  }

  @Test func completion() {
    let fields = FieldCompletion.fields(of: .relay, at: ["spec"])
    #expect(fields.first { $0.name == "port" }?.isRequired == true)
    #expect(FieldCompletion.values(of: .relay, at: ["spec", "state"]).map(\.name) == ["running", "stopped"])
    #expect(FieldCompletion.values(of: .relay, at: ["spec", "deletionProtection"]).map(\.name) == ["true", "false"])
    #expect(FieldCompletion.reference(of: .relay, at: ["spec", "keys", "names"]) == .key)
    #expect(FieldCompletion.reference(of: .key, at: ["spec", "site", "region"]) == .region)
    #expect(FieldCompletion.fields(of: .platform, at: ["spec", "regions"]).contains { $0.name == "portRange" })
    #expect(FieldCompletion.fields(of: .key, at: ["spec", "nothing"]).isEmpty)
  }

  /// Every example that the reference shows is a value of its field.
  @Test(arguments: DocumentSchema.all)
  func examplesDecode(_ document: DocumentSchema) throws {
    try checkExamples(of: document.shape, path: document.kind.rawValue)
  }

  private func checkExamples(of shape: ObjectShape, path: String) throws {
    for field in shape.fields {
      for example in field.examples {
        let parse = YAMLParser.parse(SourceFile(path: "x.yaml", text: "\(field.name): \(example)\n"))
        let node = try #require(parse.documents.first?.root[field.name], "\(path).\(field.name): \(example)")
        #expect(accepts(field.shape, node), "\(path).\(field.name): \(example)")
      }
      if let object = field.shape.object { try checkExamples(of: object, path: "\(path).\(field.name)") }
    }
  }

  private func accepts(_ shape: Shape, _ node: YAMLNode) -> Bool {
    switch shape {
    case .string(let string):
      guard case .string(let text) = node.scalar?.resolved else { return false }
      if let choices = string.choices { return choices.contains { $0.value == text } }
      return string.format?.accepts(text) ?? true
    case .integer(let range):
      guard case .integer(let value) = node.scalar?.resolved else { return false }
      return range.contains(value)
    case .number:
      switch node.scalar?.resolved {
      case .integer, .number: return true
      default: return false
      }
    case .boolean: if case .bool = node.scalar?.resolved { return true } else { return false }
    case .list(let element, _): return node.sequence?.allSatisfy { accepts(element, $0) } ?? false
    case .map(_, let value): return node.mapping?.allSatisfy { accepts(value, $0.value) } ?? false
    case .object, .anyMapping: return node.mapping != nil
    }
  }

  /// The generated files of the checkout are what the sources generate.
  @Test func generatedFilesAreFresh() throws {
    let files =
      JSONSchemaWriter.files().map { ("schemas/\($0.name)", $0.text) }
      + FieldReference.files().map { ("docs/reference/\($0.name)", $0.text) }
      + [("docs/reference/diagnostics.md", DiagnosticCode.reference)]
    for (path, text) in files {
      let committed = String(decoding: try ExternalCommand.read("\(packageRoot)/\(path)"), as: UTF8.self)
      #expect(committed == text, "\(path) is stale: run `make generate`")
    }
  }
}

extension DocumentSchema: CustomTestStringConvertible {
  package var testDescription: String { kind.rawValue }
}
