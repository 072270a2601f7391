import Testing

@testable import KeyBundles

@Suite("Primitives")
struct PrimitiveTests {
  /// RFC 7748, section 5.2.
  @Test(
    "X25519 gives the RFC's outputs",
    arguments: [
      (
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"
      ),
      (
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
      ),
    ])
  func x25519(scalar: String, point: String, shared: String) throws {
    let scalar = SecretBytes(copying: Fixtures.bytes(hex: scalar))
    let secret = try X25519.sharedSecret(of: scalar, with: Fixtures.bytes(hex: point))
    #expect(secret?.copy() == Fixtures.bytes(hex: shared))
  }

  /// RFC 7748, section 5.2: after one round, and after a thousand.
  @Test(
    "X25519 iterates as the RFC does",
    arguments: [
      (1, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"),
      (1000, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"),
    ])
  func x25519Iterated(rounds: Int, expected: String) throws {
    var scalar: [UInt8] = [9] + [UInt8](repeating: 0, count: 31)
    var point = scalar
    for _ in 0..<rounds {
      let shared = try #require(try X25519.sharedSecret(of: SecretBytes(copying: scalar), with: point))
      (scalar, point) = (shared.copy(), scalar)
    }
    #expect(scalar == Fixtures.bytes(hex: expected))
  }

  /// RFC 7748, section 6.1.
  @Test("X25519 gives the RFC's public key and agreement")
  func x25519PublicKey() throws {
    let scalar = Fixtures.bytes(hex: "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
    let point = Fixtures.bytes(hex: "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
    let peer = Fixtures.bytes(hex: "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
    let shared = Fixtures.bytes(hex: "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
    #expect(try X25519.publicKey(of: SecretBytes(copying: scalar)) == point)
    #expect(try X25519.sharedSecret(of: SecretBytes(copying: scalar), with: peer)?.copy() == shared)
  }

  /// RFC 5869, appendix A.1 and A.3.
  @Test(
    "HKDF-SHA256 gives the RFC's outputs",
    arguments: [
      (
        "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
      ),
      (
        "", "",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
      ),
    ])
  func hkdf(salt: String, info: String, output: String) throws {
    let secret = SecretBytes(copying: [UInt8](repeating: 0x0b, count: 22))
    let derived = try HKDFSHA256.derive(
      from: secret, salt: Fixtures.bytes(hex: salt), info: Fixtures.bytes(hex: info), count: 42)
    #expect(derived.copy() == Fixtures.bytes(hex: output))
  }

  /// RFC 4231, test case 2.
  @Test("HMAC-SHA256 gives the RFC's output")
  func hmac() throws {
    let code = try HMACSHA256.code(
      of: Array("what do ya want for nothing?".utf8), key: SecretBytes(copying: "Jefe".utf8))
    #expect(
      code.copy() == Fixtures.bytes(hex: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"))
  }

  @Test(
    "SHA-256 gives the standard's outputs",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ])
  func sha256(text: String, digest: String) throws {
    #expect(try SHA256Digest.hex(of: Array(text.utf8)) == digest)
  }

  @Test("base64 goes back and forth", arguments: 0..<70, [true, false])
  func base64(count: Int, padded: Bool) {
    let bytes = Fixtures.bytes(count)
    #expect(Base64.decode(Base64.encode(bytes, padded: padded), padded: padded) == bytes)
  }

  @Test(
    "base64 has one text for every byte string",
    arguments: [
      ("AA==", false), ("AA", true), ("AA=", true), ("AB==", true), ("AB", false), ("A", false), ("A===", true),
      ("====", true), ("AAAA====", true), (" AAA", false), ("AAA\n", false), ("AA==AAAA", true), ("AA-_", false),
      ("AAA\u{0}", false), ("=", false), ("=", true), ("\u{e9}\u{e9}", true),
    ])
  func base64Strict(text: String, padded: Bool) {
    #expect(Base64.decode(text.utf8, padded: padded) == nil)
  }

  @Test("base64 of several slices is base64 of the whole")
  func base64Large() {
    let bytes = Array(repeating: Fixtures.bytes(1000), count: 3200).flatMap { $0 }
    let text = Base64.encode(bytes, padded: true)
    #expect(text.count == (bytes.count + 2) / 3 * 4)
    #expect(Base64.decode(text, padded: true) == bytes)
  }
}

@Suite("Low-order points")
struct LowOrderPointTests {
  static let encodings: [[UInt8]] = {
    let below = [
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ].map(Fixtures.bytes(hex:))
    return below + below.map { $0.dropLast() + [($0.last ?? 0) | 0x80] }
  }()

  @Test("are known in every encoding, and refused", arguments: encodings)
  func known(point: [UInt8]) throws {
    #expect(WireGuardKey.isLowOrder(point))
    #expect(try WireGuardKey(bytes: point).isLowOrder)
    #expect(try X25519.sharedSecret(of: .random(count: 32), with: point) == nil)
    #expect(Fixtures.code { _ = try AgeRecipient(point: point) } == .invalidRecipient)
  }

  @Test(
    "are not confused with points that only look like them",
    arguments: [
      // All ones, the base point, and values that are of low order only where the top bit counts (it does not).
      "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
      "0900000000000000000000000000000000000000000000000000000000000000",
      "daffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
      "cdeb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
      "4c9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
      "efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ])
  func others(hex: String) throws {
    let point = Fixtures.bytes(hex: hex)
    #expect(!WireGuardKey.isLowOrder(point))
    #expect(try X25519.sharedSecret(of: .random(count: 32), with: point) != nil)
  }

  @Test("have 32 bytes", arguments: [0, 1, 31, 33])
  func length(count: Int) { #expect(!WireGuardKey.isLowOrder([UInt8](repeating: 0, count: count))) }
}
