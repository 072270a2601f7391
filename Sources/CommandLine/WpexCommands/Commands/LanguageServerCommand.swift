import ArgumentParser
import FileAccess

/// `wpex lsp`: the language server.
struct LanguageServerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lsp", abstract: "Start the language server: diagnostics, completion, navigation, rename, fixes.",
    discussion: """
      Speaks the Language Server Protocol 3.17 over standard input and output; an editor starts it. The repository is \
      the editor's folder, or the nearest one above that has a platform.yaml. docs/editors.md has the set-up for VS Code, \
      Neovim and Helix.

      EXAMPLES
        wpex lsp                     what an editor runs
        wpex lsp --repo sample-repo  the repository lies in a folder of the project
      """)

  @Flag(help: "Use standard input and output, which is the default; for editors that pass this flag.")
  var stdio = false

  @Option(help: ArgumentHelp("The config repository, instead of the editor's folder.", valueName: "dir"))
  var repo: String?

  @Option(help: ArgumentHelp("Check expiry as of this time instead of now.", valueName: "time"))
  var now: String?

  func validate() throws {
    if let now, RepositoryOptions.moment(now) == nil {
      throw ValidationError("--now must be YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ, not `\(now)`")
    }
    if let repo, !Files.exists(repo) { throw ValidationError("there is no folder `\(repo)`") }
  }

  func run() async throws {
    let status = try await EditorConnection(repository: repo, now: now.flatMap(RepositoryOptions.moment)).run()
    if status != 0 { throw ExitCode(status) }
  }
}
