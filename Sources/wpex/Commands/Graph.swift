import ArgumentParser
import ConfigCompiler

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

  @Option(help: ArgumentHelp("Draw this organization only.", valueName: "name"))
  var org: String?

  func run() async throws {
    let compilation = try await repository.compile()
    if let org, compilation.unit(named: org) == nil {
      throw CommandFailure(.usage, "there is no organization `\(org)`")
    }
    Terminal.output(RepositoryGraph(compilation, organization: org).text(format))
  }
}

extension RepositoryGraph.Format: ExpressibleByArgument {}
