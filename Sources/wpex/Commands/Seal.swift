import ArgumentParser
import ConfigCompiler
import ConfigModel
import KeyBundles

struct Seal: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Seal a value so that only its organization can read it, at its place only.",
    discussion: """
      Reads the value from standard input, so that it never stands on a command line, and prints armored age text for \
      `sealedKey` of a Key. The text is bound to the organization, kind, name and field: copied elsewhere it is refused. \
      The recipient is the organization's, from the repository, unless --recipient names others.

      EXAMPLES
        wpex seal --org acme --name warehouse-9 < warehouse-9.pub
        wpex seal --org acme --kind Organization --field spec.identity.sealedIdentity \\
          --recipient age1… < acme.identity
      """)

  @OptionGroup var repository: RepositoryOptions

  @Option(help: ArgumentHelp("The organization.", valueName: "name"))
  var org: String

  @Option(help: "The document's kind.")
  var kind = "Key"

  @Option(help: "The document's name; the organization's where it is left out.")
  var name: String?

  @Option(help: "The field.")
  var field = "spec.sealedKey"

  @Option(help: ArgumentHelp("An age recipient; can be repeated.", valueName: "age1…"))
  var recipient: [String] = []

  @Flag(help: "Allow the published identities of sample-repo. They protect nothing.")
  var demonstration = false

  func run() async throws {
    do {
      let recipients = try await recipients()
      if !demonstration, recipients.contains(where: DemonstrationIdentities.contains) {
        throw CommandFailure(
          .refused,
          "the recipient is a published demonstration identity, which protects nothing: "
            + "make one of your own with `wpex identity new`")
      }
      var bytes = try Files.readStandardInput(limit: 32_768)
      if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
      guard !bytes.isEmpty, let value = String(validating: bytes, as: UTF8.self) else {
        throw CommandFailure(.usage, "standard input must hold the value to seal, as text")
      }
      let binding = SealedBinding(org: org, kind: kind, name: name ?? org, field: field)
      Terminal.output(try SealedValue.seal(value, for: binding, to: recipients))
    } catch let error as KeyBundleError {
      throw CommandFailure(.refused, error.reason)
    }
  }

  private func recipients() async throws -> [AgeRecipient] {
    if !recipient.isEmpty { return try recipient.map { try AgeRecipient($0) } }
    let compilation = try await repository.compile()
    guard let unit = compilation.unit(named: org) else {
      throw CommandFailure(.usage, "there is no organization `\(org)` in `\(repository.repo)`")
    }
    guard let identity = unit.organization?.spec.identity else {
      throw CommandFailure(.refused, "`\(org)` has no identity.recipient: add one, or give --recipient")
    }
    return [try AgeRecipient(identity.recipient)]
  }
}
