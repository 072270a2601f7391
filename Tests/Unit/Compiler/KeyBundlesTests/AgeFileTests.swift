import Testing

@testable import KeyBundles

@Suite("age files")
struct AgeFileTests {
  @Test("need a recipient")
  func nobody() {
    #expect(Fixtures.code { _ = try Age.encrypt([1], to: [], randomness: .system) } == .invalidRecipient)
  }

  @Test("are closed to everyone else, and to nobody at all")
  func noMatch() throws {
    let file = try Age.encrypt([1], to: [AgeIdentity.generate().recipient], randomness: .system)
    #expect(Fixtures.code { _ = try Age.decrypt(file, with: [AgeIdentity.generate()]) } == .noMatch)
    #expect(Fixtures.code { _ = try Age.decrypt(file, with: []) } == .noMatch)
  }

  @Test("never repeat with the system's randomness")
  func random() throws {
    let recipient = try AgeIdentity.generate().recipient
    #expect(
      try Age.encrypt([1], to: [recipient], randomness: .system)
        != Age.encrypt([1], to: [recipient], randomness: .system))
  }

  @Test("show whom they are for, in kind")
  func stanzas() throws {
    let recipients = try (0..<3).map { _ in try AgeIdentity.generate().recipient }
    let file = try Age.encrypt([1], to: recipients + recipients, randomness: .system)
    #expect(try AgeHeader(parsing: file).stanzas.map(\.type) == ["X25519", "X25519", "X25519"])
  }

  @Test("carry stanzas of unknown kinds, with bodies of any length", arguments: [0, 1, 47, 48, 49, 96, 200])
  func unknownStanza(length: Int) throws {
    let identity = try AgeIdentity.generate()
    let fileKey = try SecretBytes.random(count: AgeFormat.fileKeyLength)
    let grease = AgeStanza(arguments: ["x-grease", "~!", "0"], body: Fixtures.bytes(length))
    let stanza = try X25519Stanza.wrap(fileKey, for: identity.recipient, ephemeral: .random(count: 32))
    let nonce = Fixtures.bytes(AgeFormat.payloadNonceLength)
    let head = try AgeHeader.bytes(stanzas: [grease, stanza, grease], fileKey: fileKey)
    let file = try AgePayload.seal([1, 2, 3], head: head + nonce, fileKey: fileKey, nonce: nonce)
    #expect(try AgeHeader(parsing: file).stanzas == [grease, stanza, grease])
    #expect(try Age.decrypt(file, with: [identity]) == [1, 2, 3])
  }

  @Test("take one way to their key: a passphrase stands alone")
  func passphraseBesideRecipient() throws {
    let fileKey = try SecretBytes.random(count: AgeFormat.fileKeyLength)
    let recipient = try AgeIdentity.generate().recipient
    let stanza = try X25519Stanza.wrap(fileKey, for: recipient, ephemeral: .random(count: 32))
    let passphrase = AgeStanza(arguments: ["scrypt", "AAAAAAAAAAAAAAAAAAAAAA", "18"], body: Fixtures.bytes(32))
    for stanzas in [[stanza, passphrase], [passphrase, stanza], [passphrase, passphrase]] {
      let head = try AgeHeader.bytes(stanzas: stanzas, fileKey: fileKey)
      #expect(Fixtures.code { _ = try AgeHeader(parsing: head) } == .headerFailure)
    }
    let alone = try AgeHeader.bytes(stanzas: [passphrase], fileKey: fileKey)
    #expect(Fixtures.code { _ = try AgeHeader(parsing: alone) } == nil)
  }

  @Test("have recipients' bodies of 32 bytes, which open under one key alone", arguments: [0, 31, 33, 48, 64])
  func bodyOfAnotherLength(length: Int) throws {
    let fileKey = try SecretBytes.random(count: AgeFormat.fileKeyLength)
    let recipient = try AgeIdentity.generate().recipient
    let stanza = try X25519Stanza.wrap(fileKey, for: recipient, ephemeral: .random(count: 32))
    let changed = AgeStanza(arguments: stanza.arguments, body: Fixtures.bytes(length))
    let head = try AgeHeader.bytes(stanzas: [changed], fileKey: fileKey)
    #expect(Fixtures.code { _ = try AgeHeader(parsing: head) } == .headerFailure)
  }

  @Test("end with a chunk that holds something, unless they are empty")
  func lengthsOfPayloads() {
    let chunk = AgeFormat.chunkLength + ChaCha20Poly1305.tagLength
    let good = [16, 17, chunk - 1, chunk, chunk + 17, 2 * chunk]
    let bad = [0, 15, chunk + 1, chunk + 15, chunk + 16, 2 * chunk + 16]
    #expect(good.allSatisfy { AgePayload.defect(ofLength: $0) == nil })
    #expect(bad.allSatisfy { AgePayload.defect(ofLength: $0) != nil })
  }

  @Test("with a header that was rewritten by someone without the file key are refused")
  func rewrittenHeader() throws {
    let identity = try AgeIdentity.generate()
    let fileKey = try SecretBytes.random(count: AgeFormat.fileKeyLength)
    let stanza = try X25519Stanza.wrap(fileKey, for: identity.recipient, ephemeral: .random(count: 32))
    let head = try AgeHeader.bytes(stanzas: [stanza], fileKey: .random(count: AgeFormat.fileKeyLength))
    let nonce = Fixtures.bytes(AgeFormat.payloadNonceLength)
    let file = try AgePayload.seal([1], head: head + nonce, fileKey: fileKey, nonce: nonce)
    #expect(Fixtures.code { _ = try Age.decrypt(file, with: [identity]) } == .macFailure)
  }
}

@Suite("Synthetic randomness")
struct SyntheticRandomnessTests {
  let recipients: [AgeRecipient]

  init() throws {
    recipients = try ["acme", "platform", "globex"].map { try DemonstrationIdentities.identity(named: $0).recipient }
  }

  private func file(
    _ plaintext: [UInt8] = [1], secret: UInt8 = 7, context: SyntheticContext = Fixtures.context,
    to recipients: [AgeRecipient]? = nil
  ) throws -> [UInt8] {
    try Age.encrypt(
      plaintext, to: recipients ?? self.recipients, randomness: .synthetic(Fixtures.secret(secret), context))
  }

  @Test("gives the same bytes for the same inputs, in any order of recipients")
  func same() throws {
    #expect(try file() == file())
    #expect(try file() == file(to: recipients.reversed() + recipients))
  }

  /// The expected values were computed by another program from the description of `Randomness`.
  @Test("gives the bytes that it always gave")
  func frozen() throws {
    let file = try file()
    let header = try AgeHeader(parsing: file)
    let shares = header.stanzas.map { $0.arguments[1] }
    #expect(
      shares == [
        "DlKB82rGG7Z1BlnMzFLwHJ+FwNOXNdKpGJnJscn15yM",
        "ip91SpTfeCtOIedxgwdwv85+yVlpnN7mgQDUtgerMRU",
        "cGPiFu0jYVLXrfgsINNXb4SJUyCJet1PgpLWeUhTc1k",
      ])
    let nonce = Array(file[header.length..<(header.length + AgeFormat.payloadNonceLength)])
    #expect(nonce == Fixtures.bytes(hex: "c632bd8d55f36a4b8af2580c0f64d488"))
    let secrets = try Randomness.synthetic(Fixtures.secret(), Fixtures.context)
      .draw(for: AgeRecipient.normalized(recipients), plaintext: [1])
    #expect(secrets.fileKey.copy() == Fixtures.bytes(hex: "fd20a6a420038ab51fd6cc0059f4a6ce"))
  }

  @Test("gives other bytes, through and through, where anything differs")
  func different() throws {
    let files = [
      try file(), try file([2]), try file([]), try file(secret: 8), try file(to: Array(recipients.dropLast())),
      try file(context: SyntheticContext(org: "acme", relay: "edge-2")),
      try file(context: SyntheticContext(org: "globex", relay: "edge-1")),
      // Fields are framed: moving a character from one to the next is another context.
      try file(context: SyntheticContext(org: "acmee", relay: "dge-1")),
    ]
    #expect(Set(files).count == files.count)
    let headers = try files.map { try AgeHeader(parsing: $0) }
    #expect(Set(headers.flatMap(\.stanzas).map { $0.arguments[1] }).count == headers.map(\.stanzas.count).reduce(0, +))
    let nonces = zip(files, headers).map { Array($0.0[$0.1.length..<($0.1.length + 16)]) }
    #expect(Set(nonces).count == nonces.count)
  }

  @Test("needs a secret of 32 bytes", arguments: [0, 1, 16, 31])
  func shortSecret(count: Int) {
    #expect(
      Fixtures.code { _ = try RenderSecret(bytes: [UInt8](repeating: 1, count: count)) } == .invalidRenderSecret)
  }

  @Test("shows nothing of the secret")
  func secrecy() throws {
    let secret = try RenderSecret(bytes: Array("correct horse battery staple, 32".utf8))
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), dumped] { #expect(!text.contains("horse")) }
  }
}
