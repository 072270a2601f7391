import Testing

@testable import KeyBundles

@Suite("Key bundles")
struct KeyBundleTests {
  let identity: AgeIdentity
  let platform: AgeIdentity
  let bundle: KeyBundle

  init() throws {
    identity = try DemonstrationIdentities.identity(named: "acme")
    platform = try DemonstrationIdentities.identity(named: "platform")
    bundle = try Self.bundle()
  }

  private static func bundle(relay: String = "edge-1") throws -> KeyBundle {
    let publicKey = try WireGuardKey("3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNre8lftc0Xk8=")
    return try KeyBundle(
      org: "acme", relay: relay,
      keys: [
        KeyBundle.Key(name: "phone", .sealed("armored text\n")),
        KeyBundle.Key(name: "laptop", alias: "Ada \"L\" 🧭", .publicKey(publicKey)),
      ])
  }

  @Test("hold canonical JSON, keys sorted by name")
  func payload() {
    let expected =
      #"{"keys":[{"alias":"Ada \"L\" 🧭","fingerprint":"SHA256:irFpfs7TVJYY8SNXn8gQPqQ9swLGJ8kR0Momm/h9coM","#
      + #""name":"laptop","publicKey":"3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNre8lftc0Xk8="},"#
      + #"{"fingerprint":"sealed:SHA256:hF7DFKb5oicktmNSYTgZM4wzY//wjvmscQ+/7qf0L2E","name":"phone","#
      + #""sealed":"armored text\n"}],"org":"acme","relay":"edge-1","version":1}"#
    #expect(String(decoding: bundle.payload, as: UTF8.self) == expected)
  }

  @Test("come back as they were, binary and armored, for org and platform")
  func roundTrip() throws {
    let recipients = [identity.recipient, platform.recipient]
    for secret in [nil, try Fixtures.secret()] {
      let file = try bundle.encrypted(to: recipients, renderSecret: secret)
      #expect(try KeyBundle(decrypting: file, with: [identity]) == bundle)
      #expect(try KeyBundle(decrypting: Array(AgeArmor.encode(file).utf8), with: [platform]) == bundle)
    }
  }

  @Test("are reproducible with a render secret, and bound to org and relay")
  func reproducible() throws {
    let secret = try Fixtures.secret()
    let file = try bundle.encrypted(to: [identity.recipient, platform.recipient], renderSecret: secret)
    #expect(try bundle.encrypted(to: [platform.recipient, identity.recipient], renderSecret: secret) == file)
    #expect(
      try bundle.encrypted(
        to: [platform.recipient, identity.recipient], randomness: .synthetic(secret, Fixtures.context)) == file)
    #expect(try Self.bundle(relay: "edge-2").encrypted(to: [identity.recipient], renderSecret: secret) != file)
  }

  @Test("have a digest of content and readers, not of randomness")
  func digest() throws {
    let digest = try bundle.digest(for: [identity.recipient, platform.recipient])
    #expect(digest.utf8.count == 64)
    #expect(try bundle.digest(for: [platform.recipient, identity.recipient, platform.recipient]) == digest)
    #expect(try bundle.digest(for: [identity.recipient]) != digest)
    #expect(try Self.bundle(relay: "edge-2").digest(for: [identity.recipient, platform.recipient]) != digest)
  }

  @Test("cannot hold one name twice")
  func twins() throws {
    let key = try KeyBundle.Key(name: "laptop", .sealed("text"))
    #expect(Fixtures.code { _ = try KeyBundle(org: "acme", relay: "r", keys: [key, key]) } == .invalidContent)
  }

  @Test(
    "are refused where anything is not as we write it",
    arguments: [
      "", "{}", "[]", "null", "{\"version\":1}", "{\"keys\":[],\"org\":\"a\",\"relay\":\"r\",\"version\":2}",
      "{\"keys\":[],\"org\":\"a\",\"relay\":\"r\",\"version\":1} ",
      "{\"keys\":[],\"org\":\"a\",\"relay\":\"r\",\"version\":1,\"x\":0}",
      "{\"org\":\"a\",\"keys\":[],\"relay\":\"r\",\"version\":1}",
      "{\"keys\":[{}],\"org\":\"a\",\"relay\":\"r\",\"version\":1}",
      "{\"keys\":[{\"fingerprint\":\"wrong\",\"name\":\"n\",\"sealed\":\"s\"}],\"org\":\"a\",\"relay\":\"r\",\"version\":1}",
      "{\"keys\":[{\"fingerprint\":\"f\",\"name\":\"n\",\"publicKey\":\"p\"}],\"org\":\"a\",\"relay\":\"r\",\"version\":1}",
      "{\"keys\":[{\"name\":\"n\",\"publicKey\":\"p\",\"sealed\":\"s\"}],\"org\":\"a\",\"relay\":\"r\",\"version\":1}",
    ])
  func malformed(text: String) throws {
    #expect(Fixtures.code { _ = try KeyBundle(payload: Array(text.utf8)) } == .invalidContent)
    let file = try Age.encrypt(Array(text.utf8), to: [identity.recipient], randomness: .system)
    #expect(Fixtures.code { _ = try KeyBundle(decrypting: file, with: [identity]) } == .invalidContent)
  }

  @Test("may be empty")
  func empty() throws {
    let empty = try KeyBundle(org: "acme", relay: "edge-1", keys: [])
    #expect(try KeyBundle(payload: empty.payload) == empty)
  }
}

@Suite("Fingerprints")
struct KeyFingerprintTests {
  @Test("are those of the raw bytes, and marked where the key is sealed")
  func values() throws {
    let zeros = try WireGuardKey(bytes: [UInt8](repeating: 0, count: 32))
    #expect(try KeyFingerprint(of: zeros).text == "SHA256:Zmh6rfhivXdsj8GLjp+OIAiXFIVu4jOzkCpZHQ1fKSU")
    #expect(try KeyFingerprint(ofSealed: "").text == "sealed:SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU")
  }

  @Test(
    "WireGuard keys are 44 characters of canonical base64",
    arguments: [
      "", "AAAA", "3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNre8lftc0Xk8", "3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNre8lftc0Xk9=",
      " 3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNre8lftc0Xk8=", "3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNre8lftc0Xk8=\n",
    ])
  func badKey(text: String) {
    #expect(Fixtures.code { _ = try WireGuardKey(text) } == .invalidKey)
  }
}
