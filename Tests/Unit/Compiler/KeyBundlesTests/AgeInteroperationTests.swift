import TestSupport
import Testing

@testable import KeyBundles

/// Debian's `age` judges what we write, and writes what we read.
@Suite(
  "With the age command",
  .enabled(if: ExternalCommand.path(of: "age") != nil && ExternalCommand.path(of: "age-keygen") != nil))
struct AgeInteroperationTests {
  static let sizes = [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000]

  let age: String
  let keygen: String

  init() throws {
    age = try #require(ExternalCommand.path(of: "age"))
    keygen = try #require(ExternalCommand.path(of: "age-keygen"))
  }

  @Test("it decrypts what we encrypt, for every recipient", arguments: sizes, [1, 3])
  func theyDecrypt(size: Int, recipients: Int) throws {
    let identities = try (0..<recipients).map { _ in try AgeIdentity.generate() }
    let plaintext = Fixtures.bytes(size)
    let randomness: [Randomness] = [.system, .synthetic(try Fixtures.secret(), Fixtures.context)]
    for randomness in randomness {
      let file = try Age.encrypt(plaintext, to: identities.map(\.recipient), randomness: randomness)
      for file in [file, Array(AgeArmor.encode(file).utf8)] {
        for identity in identities { #expect(try decryptedByAge(file, identity) == plaintext) }
      }
    }
  }

  @Test("we decrypt what it encrypts", arguments: sizes, [[], ["-a"]])
  func weDecrypt(size: Int, options: [String]) throws {
    let identities = try (0..<3).map { _ in try AgeIdentity.generate() }
    let plaintext = Fixtures.bytes(size)
    let file = try ExternalCommand.withFolder { folder in
      try ExternalCommand.write(plaintext, to: folder + "/plain")
      let recipients = identities.flatMap { ["-r", $0.recipient.text] }
      let outcome = try ExternalCommand.run(
        age, options + recipients + ["-o", folder + "/file", folder + "/plain"], folder: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      return try ExternalCommand.read(folder + "/file")
    }
    #expect(AgeArmor.isArmored(file) == !options.isEmpty)
    let binary = options.isEmpty ? file : try AgeArmor.decode(file)
    for identity in identities { #expect(try Age.decrypt(binary, with: [identity]) == plaintext) }
    // Its armor is what ours would be.
    if !options.isEmpty { #expect(Array(AgeArmor.encode(binary).utf8) == file) }
  }

  @Test("we read its identity files, and name the same recipient")
  func identityFile() throws {
    try ExternalCommand.withFolder { folder in
      let path = folder + "/identity"
      let made = try ExternalCommand.run(keygen, ["-o", path], folder: folder)
      try #require(made.status == 0, "\(made.errors)")
      let bytes = try ExternalCommand.read(path)
      let identities = try AgeIdentity.parseFile(bytes)
      #expect(identities.count == 1)
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(text.contains("# public key: \(try #require(identities.first).recipient.text)\n"))
      #expect(text.contains("\n\(try #require(identities.first).text)\n"))
    }
  }

  @Test("it names the same recipient for the identities we generate")
  func recipient() throws {
    let identity = try AgeIdentity.generate()
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write(Array((identity.text + "\n").utf8), to: folder + "/identity")
      let outcome = try ExternalCommand.run(
        keygen, ["-y", "-o", folder + "/recipient", folder + "/identity"], folder: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(try ExternalCommand.read(folder + "/recipient") == Array((identity.recipient.text + "\n").utf8))
    }
  }

  @Test("it decrypts bundles and sealed values to the JSON that they hold")
  func contents() throws {
    let identity = try AgeIdentity.generate()
    let key = try KeyBundle.Key(name: "laptop", .publicKey(WireGuardKey(bytes: Fixtures.bytes(32))))
    let bundle = try KeyBundle(org: "acme", relay: "edge-1", keys: [key])
    let file = try bundle.encrypted(to: [identity.recipient], renderSecret: nil)
    #expect(try decryptedByAge(file, identity) == bundle.payload)

    let sealed = try SealedValue.seal("value", for: Fixtures.binding, to: [identity.recipient])
    let expected = #"{"field":"sealedKey","kind":"Key","name":"laptop","org":"acme","value":"value"}"#
    #expect(try decryptedByAge(Array(sealed.utf8), identity) == Array(expected.utf8))
  }

  private func decryptedByAge(_ file: [UInt8], _ identity: AgeIdentity) throws -> [UInt8] {
    try ExternalCommand.withFolder { folder in
      try ExternalCommand.write(file, to: folder + "/file")
      try ExternalCommand.write(Array((identity.text + "\n").utf8), to: folder + "/identity")
      let outcome = try ExternalCommand.run(
        age, ["-d", "-i", folder + "/identity", "-o", folder + "/plain", folder + "/file"], folder: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      // age 1.1.1 creates its output with the first byte it writes.
      guard ExternalCommand.exists(folder + "/plain") else { return [] }
      return try ExternalCommand.read(folder + "/plain")
    }
  }
}
