import ArgumentParser
import Authority
import ConfigCompiler

struct Owners: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "codeowners",
    abstract: "Write the CODEOWNERS file that asks for the review of those who may make a change.",
    discussion: """
      A second layer at GitHub or GitLab: it knows paths only, and `wpex check` and the daemon decide. Owners are the accounts \
      (`identities.github` or `identities.gitlab`) of active users. Exit code 1 with --check where the file is stale.

      EXAMPLES
        wpex codeowners > .github/CODEOWNERS
        wpex codeowners --forge gitlab --output .gitlab/CODEOWNERS
        wpex codeowners --check
      """)

  @OptionGroup var repository: RepositoryOptions

  @Option(help: ArgumentHelp("Whose accounts are named: github or gitlab.", valueName: "forge"))
  var forge = CodeOwners.Forge.github

  @Option(help: ArgumentHelp("Write to a file instead of standard output.", valueName: "file"))
  var output: String?

  @Flag(help: "Compare the file at --output (or where the forge looks for it) instead of writing it.")
  var check = false

  func run() async throws {
    let compilation = try await repository.compile()
    guard compilation.faults == .none else {
      throw CommandFailure(.refused, "the repository has errors: `wpex validate` shows them")
    }
    let text: String
    do throws(CodeOwners.NoOwner) {
      text = try CodeOwners(of: compilation, for: forge).text
    } catch {
      throw CommandFailure(.refused, error.description)
    }
    if check {
      try compare(text, with: output ?? "\(repository.repo)/\(forge.path)")
    } else if let output, output != "-" {
      try Files.write(Array(text.utf8), to: output)
    } else {
      Terminal.output(text)
    }
  }

  private func compare(_ text: String, with path: String) throws {
    guard Files.exists(path) else {
      throw CommandFailure(.refused, "there is no `\(path)`: write it with `wpex codeowners --output \(path)`")
    }
    guard try Files.read(path) == Array(text.utf8) else {
      throw CommandFailure(.refused, "`\(path)` is stale: write it anew with `wpex codeowners --output \(path)`")
    }
    Terminal.note("`\(path)` is fresh")
  }
}

extension CodeOwners.Forge: ExpressibleByArgument {}
