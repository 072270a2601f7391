import ArgumentParser
import FileAccess
import KeyBundles

/// `wpex identity`: age identities.
struct Identity: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Create age identities, and keys that sign what relays use.",
    subcommands: [New.self, Rotate.self, SigningKeyCommand.self])

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

  /// `wpex identity signing-key`.
  struct SigningKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "signing-key", abstract: "Print the public half of a key that signs what relays use.",
      discussion: """
        The public half goes into `declarationKeys` of `platform.yaml`: relays then use only files that one of those keys has signed. \
        A daemon derives its key from the platform's identity (--identity). A pipeline that writes manifests for Argo CD or \
        Flux with `wpex render` does not have the identity: create a key of its own (--out).

        EXAMPLES
          wpex identity signing-key --identity ../platform.identity
          wpex identity signing-key --out ../render.signing-key
        """)

    @Option(help: ArgumentHelp("Derive it from this age identity.", valueName: "file"))
    var identity: String?

    @Option(help: ArgumentHelp("The secret key's file; created if it does not exist.", valueName: "file"))
    var out: String?

    func validate() throws {
      guard (identity == nil) != (out == nil) else { throw ValidationError("give --identity or --out") }
      if out == "-" { throw ValidationError("a secret key is written to a file, never to standard output") }
    }

    func run() async throws {
      if let out, !Files.exists(out) {
        try IdentityFile.refuseWhereGitTakes(out)
        try Files.write(Array(try KeyBundles.SigningKey.generate().text.utf8), to: out, isSecret: true)
        Terminal.note("wrote \(out); keep it secret, and keep a copy")
      }
      guard let path = out ?? identity else { return }
      for key in try SigningKeyFile.read(path) { Terminal.output(key.publicText) }
    }
  }
}
