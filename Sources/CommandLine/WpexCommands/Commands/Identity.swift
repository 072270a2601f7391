import ArgumentParser
import FileAccess
import KeyBundles

/// `wpex identity`: age identities.
struct Identity: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Create age identities.", subcommands: [New.self])

  struct New: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Create an age identity and print its recipient.",
      discussion: """
        The identity is written to a new file that only you can read, never to the terminal, and never where `git add` would \
        pick it up. The recipient goes into `platform.yaml` (the daemon's) or an organization's `identity.recipient`.

        EXAMPLES
          wpex identity new --out ../acme.identity
          age-keygen -y ../acme.identity
        """)

    @Option(help: ArgumentHelp("The file to write; it must not exist yet.", valueName: "file"))
    var out: String

    func validate() throws {
      if out == "-" { throw ValidationError("an identity is written to a file, never to standard output") }
    }

    func run() async throws {
      guard !Files.exists(out) else {
        throw CommandError(
          .refused, "`\(out)` exists already, and an identity is never overwritten: name another file")
      }
      try IdentityFile.refuseWhereGitTakes(out)
      do {
        let identity = try AgeIdentity.generate()
        try IdentityFile.write(identity, to: out, note: nil)
        Terminal.output(identity.recipient.text)
        Terminal.note("wrote \(out); keep it secret, and keep a copy")
      } catch let error as KeyBundleError {
        throw CommandError(.failed, "no identity could be created: \(error.reason)")
      }
    }
  }
}
