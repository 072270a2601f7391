import KeyBundles
import Testing
import TextFormats

/// Keys that sign, and which of them signs for a platform.
@Suite struct SigningKeyTests {
  private func hex(_ text: String) -> [UInt8] {
    stride(from: 0, to: text.utf8.count, by: 2).compactMap { offset in
      UInt8(text.dropFirst(offset).prefix(2), radix: 16)
    }
  }

  /// RFC 8032, section 7.1, test 2.
  @Test func vectorOfTheStandard() throws {
    let seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    let key = try SigningKey(seed: SecretBytes(copying: seed))
    #expect(key.publicKey == hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"))
    let signature = try key.signature(of: [0x72])
    #expect(
      signature
        == hex(
          "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"))
    #expect(Ed25519.verifies(signature, of: [0x72], publicKey: key.publicKey))
    #expect(!Ed25519.verifies(signature, of: [0x73], publicKey: key.publicKey))
  }

  @Test func fileKeepsTheKey() throws {
    let key = try SigningKey.generate()
    #expect(try SigningKey.parseFile(Array(key.text.utf8)) == [key])
    #expect(try SigningKey.parseFile(Array(key.text.utf8.dropLast())) == [key])
    #expect(try SigningKey.generate() != key)
  }

  /// Daemons that share the platform's identity, and nothing else, sign with the same key.
  @Test func identitiesGiveTheirKeys() throws {
    let identities = [try AgeIdentity.generate(), try AgeIdentity.generate()]
    let file = "# recipient\n" + identities.map { $0.text + "\n" }.joined()
    let keys = try SigningKey.parseFile(Array(file.utf8))
    #expect(try keys == identities.map { try $0.declarationKey() })
    #expect(keys[0] != keys[1])
    #expect(try SigningKey.parseFile(Array(identities[0].text.utf8)) == [keys[0]])
  }

  @Test(arguments: ["", "x", "AAAA", "AGE-SECRET-KEY-1X", "# nothing\n", String(repeating: "A", count: 88)])
  func otherFilesAreRefused(_ text: String) {
    let error = #expect(throws: KeyBundleError.self) { try SigningKey.parseFile(Array(text.utf8)) }
    #expect(text.isEmpty || text.utf8.count < 4 || error?.reason.contains(text) == false)
  }

  @Test func nothingOfItIsShown() throws {
    let key = try SigningKey.generate()
    let secret = String(key.text.dropLast())
    var dumped = ""
    dump(key, to: &dumped)
    #expect(!"\(key) \(String(reflecting: key)) \(dumped)".contains(secret))
    #expect(throws: KeyBundleError.self) { try SigningKey(seed: SecretBytes(copying: [1, 2, 3])) }
  }

  /// The first declared key that is at hand signs, so that a new one can be declared before it signs.
  @Test func theFirstDeclaredKeySigns() throws {
    let (old, new, stranger) = (try SigningKey.generate(), try SigningKey.generate(), try SigningKey.generate())
    let declared = [old.publicText, new.publicText]
    #expect(try DeclarationSigner(declared, among: [stranger, new, old]).key == old)
    #expect(try DeclarationSigner(declared, among: [stranger, new]).key == new)
    #expect(try DeclarationSigner(declared, among: [new]).verifiers == [old.publicKey, new.publicKey])
    let none = #expect(throws: KeyBundleError.self) { try DeclarationSigner(declared, among: []) }
    #expect(none?.reason.hasSuffix("and no key is at hand") == true)
    let wrong = #expect(throws: KeyBundleError.self) { try DeclarationSigner(declared, among: [stranger]) }
    #expect(wrong?.code == .noMatch && wrong?.reason.contains(stranger.publicText) == true)
  }
}
