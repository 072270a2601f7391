import ArgumentParser
import ConfigCompiler
import FileAccess

/// `wpex graph`: a drawing of organizations, relays and keys.
struct Graph: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw organizations, relays and keys, for Graphviz or Mermaid.",
    discussion: """
      EXAMPLES
        wpex graph | dot -Tsvg > relays.svg
        wpex graph --org acme --format mermaid
      """)

  @OptionGroup var repository: RepositoryOptions

  @Option(help: "The language to draw in.")
  var format = RepositoryGraph.Format.dot

  @Option(help: ArgumentHelp("Write the drawing to this file; - is standard output.", valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("Draw this organization only.", valueName: "name"))
  var org: String?

  func run() async throws {
    let compilation = try await repository.compile()
    if let org, compilation.unit(named: org) == nil {
      throw CommandError(.usage, "there is no organization `\(org)`")
    }
    let text = RepositoryGraph(compilation, organization: org).text(format)
    guard let output, output != "-" else { return Terminal.output(text) }
    try Files.write(Array(text.utf8), to: output)
  }
}

extension RepositoryGraph.Format: ExpressibleByArgument {}
