import ArgumentParser
import ConfigCompiler
import ConfigModel
import FileAccess
import KeyBundles

/// `wpex seal`: encrypts a value for one field of one document.
struct Seal: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Seal a value so that only its organization can read it, and only in its field.",
    discussion: """
      Reads the value from standard input, so that it is never on a command line, and prints armored age text for \
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

  @Option(help: "The document's name. Default: the organization's.")
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
        throw CommandError(
          .refused,
          "the recipient is a published demonstration identity, which protects nothing: "
            + "make one of your own with `wpex identity new`, or pass --demonstration if everybody may read the value")
      }
      let value = try readValue()
      let binding = SealedBinding(org: org, kind: kind, name: name ?? org, field: field)
      Terminal.output(try SealedValue.seal(value, for: binding, to: recipients))
    } catch let error as KeyBundleError {
      throw CommandError(.refused, error.reason)
    }
  }

  /// Reads the value to seal from standard input, and normalizes it for its field.
  ///
  /// - Throws: `CommandError` if the field does not accept the value: once it is sealed, no check can find the
  ///   mistake.
  private func readValue() throws -> String {
    guard let input = String(validating: try Files.readStandardInput(limit: 32_768), as: UTF8.self) else {
      throw CommandError(.usage, "standard input must hold the value to seal, as text")
    }
    let value = input.trimmingBlanks
    switch (kind, field) {
    case ("Key", _):
      guard WireGuardPublicKey(value) != nil else {
        throw CommandError(
          .usage,
          "standard input must hold a WireGuard public key and nothing else, 44 characters of base64: "
            + "`wg pubkey` prints one")
      }
    case ("Organization", "spec.identity.sealedIdentity"):
      let identities = try AgeIdentity.parseFile(Array(value.utf8))
      guard let identity = identities.first, identities.count == 1 else {
        throw CommandError(.usage, "standard input must hold one age identity, as `wpex identity new` writes it")
      }
      return identity.text
    default:
      guard !value.isEmpty else { throw CommandError(.usage, "standard input must hold the value to seal, as text") }
    }
    return value
  }

  private func recipients() async throws -> [AgeRecipient] {
    if !recipient.isEmpty { return try recipient.map { try AgeRecipient($0) } }
    let compilation = try await repository.compile()
    guard let unit = compilation.unit(named: org) else {
      throw CommandError(.usage, "there is no organization `\(org)` in `\(repository.repo)`")
    }
    guard let identity = unit.organization?.spec.identity else {
      throw CommandError(.refused, "`\(org)` has no identity.recipient: add one, or give --recipient")
    }
    return [try AgeRecipient(identity.recipient)]
  }
}

extension String {
  /// The text without leading and trailing whitespace and byte order marks.
  var trimmingBlanks: String {
    func isTrimmed(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace || scalar == "\u{FEFF}" }
    var rest = unicodeScalars.drop(while: isTrimmed)
    while let last = rest.last, isTrimmed(last) { rest.removeLast() }
    return String(rest)
  }
}
