import ArgumentParser
import ConfigCompiler
import ConfigModel
import FileAccess
import KeyBundles
import RepositoryEditing

/// Options for a WireGuard public key, from the command line or standard input, in the clear or sealed.
struct KeyInput: ParsableArguments {
  @Option(
    help: ArgumentHelp("The WireGuard public key as `wg pubkey` prints it, or - for standard input.", valueName: "key"))
  var publicKey: String?

  @Flag(help: "Seal it, so that only its organization can read it.")
  var seal = false

  @Flag(help: "Allow the published identities of sample-repo. They protect nothing.")
  var demonstration = false

  /// Returns the given key; nil without `--public-key`.
  ///
  /// - Throws: `CommandError` if it is not a WireGuard public key.
  func read() throws -> String? {
    guard let publicKey else { return nil }
    var text = publicKey
    if publicKey == "-" {
      text = String(decoding: try Files.readStandardInput(limit: 4_096), as: UTF8.self)
      text = String(text.drop(while: \.isWhitespace).prefix { !$0.isWhitespace })
    }
    guard WireGuardPublicKey(text) != nil else {
      throw CommandError(
        .usage, "--public-key needs a WireGuard public key, 44 characters of base64: copy all that `wg pubkey` prints"
      )
    }
    return text
  }

  /// Base64 text of a declared key.
  static func text(of key: WireGuardPublicKey) -> String? { (try? WireGuardKey(bytes: key.bytes))?.text }

  /// The key in the form in which the repository stores it.
  ///
  /// - Throws: `CommandError` if it is to be sealed and the organization has no usable identity.
  func material(_ key: String, sealed: Bool, for address: DocumentAddress, in base: Compilation) throws -> KeyMaterial {
    guard sealed else { return .publicKey(key) }
    let org = try address.organization()
    guard let identity = try base.declaration(ofOrganization: org).spec.identity else {
      throw CommandError(
        .refused,
        "`\(org)` has no identity to seal to: `wpex org identity \(org) --identity ../\(org).identity` creates one")
    }
    let recipient = try DeclaredRecipient(identity.recipient, of: "`\(org)`", demonstration: demonstration)
    let binding = SealedBinding(org: org, kind: "Key", name: address.name, field: "spec.sealedKey")
    return .sealed(try recipient.seal(key, for: binding))
  }
}

/// A day (`YYYY-MM-DD`) on a command line.
struct DayArgument: ExpressibleByArgument, Sendable {
  let day: CivilDate

  init?(argument: String) {
    guard let day = CivilDate(argument) else { return nil }
    self.day = day
  }
}
