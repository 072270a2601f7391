import ArgumentParser
import ConfigCompiler
import ConfigModel
import FileAccess
import RepositoryEditing
import Diagnostics
import GitStore
import Glibc
import KeyBundles
import TextFormats
import SyncService

/// `wpex init`: a new config repository with its first commit.
struct Init: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Create a new config repository: platform, first region, first admin, CI files and the platform's identity.",
    discussion: """
      In a terminal, asks for everything that no option sets; otherwise --public-host and --admin-email are required, and \
      everything else has a default. Nothing is ever overwritten: the folder must be new, empty, or a clone without commits. \
      The identity's secret half is written next to the folder for the daemon, readable only by you, and never committed. \
      --settings writes the daemon's settings, which pin it to the first commit: a daemon that has not accepted a commit yet \
      starts from there and refuses every other history.

      EXAMPLES
        wpex init relays
        wpex init relays --region eu-south --public-host relay.example.net --admin-name "Anna Lindqvist" \\
          --admin-email anna@example.net --admin-github anna --ssh-key ~/.ssh/id_ed25519.pub --ci github
        wpex init . --defaults --public-host 192.0.2.7 --admin-email noc@example.net --ci gitlab \\
          --image registry.example.net/wpex-relay:1.4.2@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
      """)

  /// Forge whose CI files are written.
  enum Host: String, CaseIterable, ExpressibleByArgument { case github, gitlab, none }

  @Argument(help: ArgumentHelp("Folder to create the repository in.", valueName: "dir"))
  var folder = "."

  @OptionGroup var answers: InitAnswers

  @Option(
    help: ArgumentHelp("Write the identity's secret half to this new file outside the repository.", valueName: "file"))
  var identity: String?

  @Option(help: ArgumentHelp("Use this recipient; you already have its identity.", valueName: "age1…"))
  var recipient: String?

  @Flag(
    inversion: .prefixedNo,
    help:
      "Sign the first commit with the SSH key of `user.signingkey`. (default: `commit.gpgsign` of Git's configuration)")
  var sign: Bool?

  @OptionGroup var result: ResultOptions<Status.OutputForm>

  func validate() throws {
    if identity != nil, recipient != nil { throw ValidationError("give --identity or --recipient, not both") }
  }

  func run() async throws {
    let place = try InitFolder(folder, identity: recipient == nil ? identity : nil)
    let answered = try answers.completed(folder: place.name, standardSettings: place.standardSettings)
    do {
      // Files are written last; a failure before that leaves nothing behind.
      let secret = try recipient == nil ? AgeIdentity.generate() : nil
      let age = try recipient.map { try AgeRecipient($0) } ?? secret?.recipient
      guard let age else { throw CommandError(.failed, "no identity could be created") }
      let repository = try answered.repository(
        recipient: age.text, declarationKey: try secret?.declarationKey().publicText)
      try await judge(repository)
      let file = secret == nil ? nil : place.identity(named: repository.name)
      if let file, Files.exists(file) {
        throw CommandError(
          .refused, "`\(file)` exists already, and an identity is never overwritten: give --identity")
      }
      if let file { try IdentityFile.refuseWhereGitTakes(file) }
      let settings = answered.settings.flatMap { $0 == "-" ? nil : $0 }
      if let settings {
        try IdentityFile.refuse(settings, in: place.path)
        guard !Files.exists(settings) else {
          throw CommandError(.refused, "`\(settings)` exists already, and nothing is overwritten: give --settings")
        }
      }
      let id = try await write(repository, place, secret, to: file)
      if let settings {
        let json = Self.daemonSettings(pinnedTo: id, identity: file)
        try Files.write(Array((json.text(.indented) + "\n").utf8), to: settings)
      }
      if let outer = place.outerWorkingFolder {
        Terminal.note("note: `\(place.path)` is a repository of its own inside the Git working folder `\(outer)`")
      }
      try report(repository, place, identity: file, settings: settings, commit: id)
    } catch let error as KeyBundleError {
      throw CommandError(.usage, error.reason)
    } catch let error as GitStoreError {
      throw CommandError(error.code == .conflict ? .refused : .failed, error.description)
    }
  }

  /// Compiles the new repository in memory, so that nothing is written if it has errors.
  private func judge(_ repository: NewRepository) async throws {
    let files = repository.files
    let entries = files.map { SourceEntry(path: $0.path, kind: .file, size: $0.bytes.count) }
    let contents = Dictionary(files.map { ($0.path, $0.bytes) }) { first, _ in first }
    let compilation = await Compiler.compile(
      RepositoryTree(SourceTree(entries: entries)), contents: contents, now: EditSession.now)
    guard !compilation.diagnostics.isEmpty else { return }
    let report = DiagnosticReport(
      compilation.diagnostics, files: SourceFiles(of: compilation.diagnostics, compilation.source))
    Terminal.error(styled: report.text(.text, colors: Terminal.errorHasColor, width: Terminal.errorWidth))
    if compilation.hasErrors { throw CommandError(.usage, "nothing was written: give other values for these fields") }
  }

  private func write(
    _ repository: NewRepository, _ place: InitFolder, _ secret: AgeIdentity?, to file: String?
  ) async throws -> String {
    try Files.makeFolder(place.path)
    let author = GitWorktree.Author(name: repository.admin.displayName, email: repository.admin.email)
    let worktree =
      place.isRepository
      ? try GitWorktree(at: place.path, author: author)
      : try GitWorktree(creatingAt: place.path, branch: "main", author: author)
    guard await worktree.isUnborn else {
      throw CommandError(.refused, "`\(place.path)` has commits already: `wpex init` only creates new repositories")
    }
    let signer = try await worktree.signer(sign)
    if let secret, let file {
      try IdentityFile.write(
        secret, to: file, note: "The identity of platform \(repository.name), for the sync daemon.")
    }
    do {
      return try await worktree.commit(
        repository.changes, in: place.path, message: "Begin platform \(repository.name)\n", on: .current, signer)
    } catch {
      // Nothing is sealed to this identity yet, and the next run generates its own.
      if secret != nil, let file { unlink(file) }
      throw error
    }
  }

  /// Settings that make a daemon start from one commit and refuse all other histories.
  private static func daemonSettings(pinnedTo commit: String, identity: String?) -> JSON {
    var members: JSON.Members = ["trust": ["commit": .string(commit)]]
    if let identity { members["identityFile"] = .string(identity) }
    return .object(members)
  }

  private func report(
    _ repository: NewRepository, _ place: InitFolder, identity: String?, settings: String?, commit: String
  ) throws {
    if result.form == .json {
      var members: JSON.Members = [
        "folder": .string(place.path), "files": .array(repository.files.map { .string($0.path) }),
        "recipient": .string(repository.recipient), "commit": .string(commit),
      ]
      if let identity { members["identity"] = .string(identity) }
      if let settings { members["settings"] = .string(settings) }
      return try result.write(JSON.object(members).text(.indented))
    }
    try result.write(repository.files.map { "\(place.path)/\($0.path)" }.joined(separator: "\n"))
    Terminal.note("committed \(commit.prefix(12)): Begin platform \(repository.name)")
    if let identity {
      Terminal.error(
        "the platform's identity is in \(identity): keep it secret, keep a copy, give it to the daemon only")
    }
    if let settings {
      Terminal.error("the daemon's settings are in \(settings); they pin it to this commit (`wpex sync run --config`)")
    } else {
      Terminal.error("pin the daemon to this commit with its setting trust.commit: \(commit)")
    }
    if repository.image.digest == nil {
      let tag = repository.image.tag ?? "TAG"
      Terminal.note(
        "the relays' image has no digest: before the first relay, name it with `wpex relay upgrade --platform --tag \(tag) "
          + "--digest sha256:…`")
    }
    let inside = place.path == "." ? "" : "cd \(ShellText.word(place.path)) && "
    Terminal.note("next: \(inside)wpex validate, then `git remote add origin …` and `git push -u origin HEAD`")
  }
}
