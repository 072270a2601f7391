import Testing

@testable import KeyBundles

@Suite("Sealed values")
struct SealedValueTests {
  let identity: AgeIdentity

  init() throws { identity = try DemonstrationIdentities.identity(named: "acme") }

  @Test("open where they were sealed for", arguments: ["", "value", "line\nline\u{0}\"\\ 🧭", "e\u{301}"])
  func open(value: String) throws {
    let sealed = try SealedValue.seal(value, for: Fixtures.binding, to: [identity.recipient])
    let opened = try SealedValue.open(sealed, with: [identity], expecting: Fixtures.binding)
    #expect(opened.utf8.elementsEqual(value.utf8))
    #expect(SealedValue.malformation(of: sealed) == nil)
  }

  @Test(
    "are refused anywhere else, with both places and without the value",
    arguments: [
      SealedBinding(org: "globex", kind: "Key", name: "laptop", field: "sealedKey"),
      SealedBinding(org: "acme", kind: "Organization", name: "laptop", field: "sealedKey"),
      SealedBinding(org: "acme", kind: "Key", name: "phone", field: "sealedKey"),
      SealedBinding(org: "acme", kind: "Key", name: "laptop", field: "sealedIdentity"),
      SealedBinding(org: "", kind: "", name: "", field: ""),
    ])
  func elsewhere(binding: SealedBinding) throws {
    let sealed = try SealedValue.seal("the value", for: Fixtures.binding, to: [identity.recipient])
    do throws(KeyBundleError) {
      _ = try SealedValue.open(sealed, with: [identity], expecting: binding)
      Issue.record("opened at \(binding)")
    } catch {
      #expect(error.code == .wrongBinding)
      #expect(error.reason.contains(binding.description))
      #expect(error.reason.contains(Fixtures.binding.description))
      #expect(!error.reason.contains("the value\""))
    }
  }

  @Test("tell names apart that Unicode calls the same")
  func normalization() throws {
    let composed = SealedBinding(org: "\u{e9}", kind: "Key", name: "n", field: "f")
    let decomposed = SealedBinding(org: "e\u{301}", kind: "Key", name: "n", field: "f")
    let sealed = try SealedValue.seal("v", for: composed, to: [identity.recipient])
    #expect(
      Fixtures.code { _ = try SealedValue.open(sealed, with: [identity], expecting: decomposed) } == .wrongBinding)
  }

  @Test("cannot write to the terminal through their binding")
  func escapes() {
    let binding = SealedBinding(
      org: "a\u{1b}[2J\n\u{202e}\"", kind: String(repeating: "k", count: 5000), name: "n", field: "f")
    #expect(!binding.description.contains { $0 == "\u{1b}" || $0 == "\n" || $0 == "\u{202e}" })
    #expect(binding.description.utf8.count < 300)
  }

  @Test(
    "are nothing but what was sealed",
    arguments: [
      "", "value", "{}", "{\"field\":\"sealedKey\",\"kind\":\"Key\",\"name\":\"laptop\",\"org\":\"acme\"}",
      "{\"field\":\"sealedKey\",\"kind\":\"Key\",\"name\":\"laptop\",\"org\":\"acme\",\"value\":1}",
      "{\"field\":\"sealedKey\",\"kind\":\"Key\",\"name\":\"laptop\",\"org\":\"acme\",\"value\":\"v\",\"x\":1}",
      "{\"org\":\"acme\",\"field\":\"sealedKey\",\"kind\":\"Key\",\"name\":\"laptop\",\"value\":\"v\"}",
      "{\"field\":\"sealedKey\",\"kind\":\"Key\",\"name\":\"laptop\",\"org\":\"acme\",\"org\":\"globex\",\"value\":\"v\"}",
    ])
  func foreign(text: String) throws {
    let file = try Age.encrypt(Array(text.utf8), to: [identity.recipient], randomness: .system)
    let code = Fixtures.code {
      _ = try SealedValue.open(AgeArmor.encode(file), with: [identity], expecting: Fixtures.binding)
    }
    #expect(code == .invalidContent)
  }

  @Test("are checked for their form without an identity")
  func malformation() throws {
    let sealed = try SealedValue.seal("v", for: Fixtures.binding, to: [identity.recipient])
    let file = try AgeArmor.decode(sealed)
    #expect(SealedValue.malformation(of: "rubbish")?.contains("does not begin") == true)
    #expect(SealedValue.malformation(of: String(sealed.dropLast(8)))?.contains("does not end") == true)
    let header = try AgeHeader(parsing: file)
    for length in 0..<(header.length + AgeFormat.payloadNonceLength + ChaCha20Poly1305.tagLength) {
      #expect(SealedValue.malformation(of: AgeArmor.encode(Array(file.prefix(length)))) != nil, "\(length)")
    }
    let fileKey = try SecretBytes.random(count: AgeFormat.fileKeyLength)
    let foreign = AgeStanza(arguments: ["ssh-ed25519", "abc"], body: [1])
    let head = try AgeHeader.bytes(stanzas: [foreign], fileKey: fileKey)
    let other = AgeArmor.encode(head + Fixtures.bytes(16 + 40))
    #expect(SealedValue.malformation(of: other)?.contains("no X25519 recipient") == true)
  }
}
