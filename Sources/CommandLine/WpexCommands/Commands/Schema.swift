import ArgumentParser
import ChangePlan
import FileAccess
import StatusServer
import TextFormats
import ConfigModel
import ConfigSchema
import Diagnostics

/// `wpex schema`: JSON Schemas and the generated reference pages.
struct Schema: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the JSON Schema of a kind, or write all schemas and the reference.",
    discussion: """
      EXAMPLES
        wpex schema Relay
        wpex schema --out schemas
        wpex schema --docs docs/reference

      Editors with yaml-language-server read a comment at the top of a file:
        # yaml-language-server: $schema=../../schemas/relay.schema.json
      """)

  @Argument(
    help: "The kind; leave it out for the schema of any kind.", completion: .list(Kind.allCases.map(\.rawValue)))
  var kind: String?

  @Option(help: ArgumentHelp("Write every schema to this folder.", valueName: "dir"))
  var out: String?

  @Option(help: ArgumentHelp("Write the reference pages to this folder.", valueName: "dir"))
  var docs: String?

  func run() throws {
    if let out {
      let plan = (PlanReport.schemaFile, PlanReport.schema.text(.indented) + "\n")
      try write(JSONSchemaWriter.files() + [plan], to: out)
    }
    if let docs {
      try write(
        FieldReference.files() + [
          ("diagnostics.md", DiagnosticCode.reference), ("status-api.md", StatusReference.page),
        ], to: docs)
    }
    guard out == nil, docs == nil else { return }
    guard let kind else {
      Terminal.output(JSONSchemaWriter.anyKind.text(.indented))
      return
    }
    guard let document = DocumentSchema.all.first(where: { $0.kind.rawValue.lowercased() == kind.lowercased() }) else {
      let kinds = DocumentSchema.all.map(\.kind.rawValue).joined(separator: ", ")
      throw CommandError(.usage, "there is no kind `\(kind)`: the kinds are \(kinds)")
    }
    Terminal.output(JSONSchemaWriter.schema(of: document).text(.indented))
  }

  private func write(_ files: [(name: String, text: String)], to folder: String) throws {
    try Files.makeFolder(folder)
    for file in files { try Files.write(Array(file.text.utf8), to: "\(folder)/\(file.name)") }
    Terminal.note("wrote \(files.count) files to \(folder)")
  }
}
