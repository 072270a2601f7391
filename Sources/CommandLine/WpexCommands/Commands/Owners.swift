import ArgumentParser
import Authority
import ConfigCompiler
import FileAccess
import TextFormats

/// `wpex codeowners`: a CODEOWNERS file that follows the repository's permissions.
struct Owners: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "codeowners",
    abstract: "Generate CODEOWNERS from roles and permissions.",
    discussion: """
      A second layer at GitHub or GitLab: CODEOWNERS only knows paths; `wpex check` and the daemon decide. Owners are the \
      accounts (`identities.github` or `identities.gitlab`) of active users. With --check, exit code 1 if the file is stale.

      EXAMPLES
        wpex codeowners > .github/CODEOWNERS
        wpex codeowners --forge gitlab --output .gitlab/CODEOWNERS
        wpex codeowners --check
      """)

  @OptionGroup var repository: RepositoryOptions

  @Option(help: ArgumentHelp("Name the accounts of this forge: github or gitlab.", valueName: "forge"))
  var forge = CodeOwners.Forge.github

  @Option(help: ArgumentHelp("Write to a file instead of standard output.", valueName: "file"))
  var output: String?

  @Flag(help: "Compare the file at --output (or where the forge looks for it) instead of writing it.")
  var check = false

  func run() async throws {
    let compilation = try await repository.compile()
    guard compilation.faults == .none else {
      throw CommandError(.refused, "the repository has errors: `wpex validate` shows them")
    }
    // A CODEOWNERS pattern cannot escape invisible characters.
    guard repository.prefix.visible == repository.prefix else {
      throw CommandError(
        .refused,
        "CODEOWNERS cannot name the folder `\(repository.prefix)`, because parts of its name are invisible: rename it"
      )
    }
    let text: String
    do throws(CodeOwners.NoOwner) {
      text = try CodeOwners(of: compilation, for: forge, below: repository.prefix).text
    } catch {
      throw CommandError(.refused, error.description)
    }
    if check {
      try compare(text, with: output ?? place())
    } else if let output, output != "-" {
      let folder = Files.parent(of: output)
      if !folder.isEmpty { try Files.makeFolder(folder) }
      try Files.write(Array(text.utf8), to: output)
    } else {
      Terminal.output(text)
    }
  }

  /// Path at which the forge looks for the file: below the root of the Git repository, which may be above this one.
  private func place() -> String {
    let above = repository.prefix.split(separator: "/").map { _ in "../" }.joined()
    let root = "\(repository.repo)/\(above)"
    let places = forge.paths.map { root + $0 }
    return places.first(where: Files.exists) ?? root + forge.path
  }

  private func compare(_ text: String, with path: String) throws {
    let shown = path.hasPrefix("./") && path.utf8.count > 2 ? String(path.dropFirst(2)) : path
    let options = forge == .github ? "" : "--forge \(forge.rawValue) "
    guard Files.exists(path) else {
      throw CommandError(
        .refused, "there is no `\(shown)`: write it with `wpex codeowners \(options)--output \(shown)`")
    }
    // A checkout may convert line endings.
    guard try Files.read(path).filter({ $0 != 0x0D }) == Array(text.utf8) else {
      throw CommandError(
        .refused, "`\(shown)` is stale: write it again with `wpex codeowners \(options)--output \(shown)`")
    }
    Terminal.note("`\(shown)` is fresh")
  }
}

extension CodeOwners.Forge: ExpressibleByArgument {}
