import ArgumentParser
import GitStore

/// Options of all editing commands: the repository, and what to do with the edit.
struct EditOptions: ParsableArguments {
  @Option(name: .customLong("repo"), help: ArgumentHelp("The config repository's working folder.", valueName: "dir"))
  var namedRepo: String?

  /// Folder of the repository.
  var repo: String { namedRepo ?? RepositoryRoot.current }

  @Flag(help: "Show the change without writing it.")
  var dryRun = false

  @Flag(help: "Commit the change and nothing else.")
  var commit = false

  @Option(name: [.customShort("m"), .long], help: ArgumentHelp("The commit's message.", valueName: "text"))
  var message: String?

  @Option(help: ArgumentHelp("Make the commit on a new branch, and switch to it.", valueName: "name"))
  var branch: String?

  @Flag(
    inversion: .prefixedNo,
    help: "Sign the commit with the SSH key of `user.signingkey`. (default: `commit.gpgsign` of Git's configuration)")
  var sign: Bool?

  @OptionGroup var result: ResultOptions<Status.OutputForm>

  /// Whether to commit: `--branch`, `--message` and `--sign` imply `--commit`.
  var commits: Bool { commit || branch != nil || message != nil || sign == true }

  /// Branch to commit on.
  var target: GitWorktree.Branch { branch.map { .new($0) } ?? .current }

  func validate() throws {
    if dryRun, commits { throw ValidationError("--dry-run writes nothing, so there is nothing to commit") }
    if let message, message.allSatisfy(\.isWhitespace) { throw ValidationError("--message is empty") }
  }
}

/// `LABEL=VALUE` on a command line.
struct LabelArgument: ExpressibleByArgument, Sendable {
  let name: String
  let value: String

  init?(argument: String) {
    guard let sign = argument.firstIndex(of: "="), sign != argument.startIndex else { return nil }
    name = String(argument[..<sign])
    value = String(argument[argument.index(after: sign)...])
  }
}

extension [LabelArgument] {
  var pairs: [(name: String, value: String)] { map { (name: $0.name, value: $0.value) } }
}
