import COpenSSL

/// A secret Ed25519 key (RFC 8032), kept in files as the base64 of its 32 bytes.
///
/// Printing, interpolating or dumping it shows only its public half.
package struct SigningKey: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
  /// Length of the secret half in bytes.
  private static let length = 32

  private let seed: SecretBytes
  /// The public half, 32 bytes.
  package let publicKey: [UInt8]

  /// Creates a key from its secret half, 32 bytes.
  ///
  /// - Throws: `invalidKey` if the secret half has another length, `cryptography` if OpenSSL lacks Ed25519.
  package init(seed: SecretBytes) throws(KeyBundleError) {
    guard seed.count == Self.length else {
      throw KeyBundleError(.invalidKey, "a key that signs is \(Self.length) bytes, and this has \(seed.count)")
    }
    self.seed = seed
    publicKey = try Self.withKey(of: seed) { (key) throws(KeyBundleError) in
      var bytes = [UInt8](repeating: 0, count: Self.length)
      var count = bytes.count
      guard EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1, count == bytes.count else {
        throw .openSSL("an Ed25519 key has no public half")
      }
      return bytes
    }
  }

  /// Generates a key from the system's random source.
  ///
  /// - Throws: `cryptography` if the source fails.
  package static func generate() throws(KeyBundleError) -> SigningKey {
    try SigningKey(seed: .random(count: length))
  }

  /// Parses the base64 of the secret half, with or without a line break at the end.
  ///
  /// - Throws: `invalidKey`. The reason never repeats the text.
  package init(text: some Collection<UInt8>) throws(KeyBundleError) {
    var text = Array(text)
    defer { cleanse(&text) }
    while let last = text.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { text.removeLast() }
    guard var seed = Base64.decode(text, padded: true), seed.count == Self.length else {
      throw KeyBundleError(.invalidKey, "this is not the base64 of \(Self.length) bytes")
    }
    defer { cleanse(&seed) }
    try self.init(seed: SecretBytes(copying: seed))
  }

  /// Content of the key's file. **This is the secret itself.**
  package var text: String {
    seed.withBytes { String(decoding: Base64.encode(Array($0), padded: true), as: UTF8.self) } + "\n"
  }

  /// The public half in base64, as documents declare it.
  package var publicText: String { String(decoding: Base64.encode(publicKey, padded: true), as: UTF8.self) }

  /// Returns the signature of a message, 64 bytes. It depends on the key and the message only.
  ///
  /// - Throws: `cryptography` if OpenSSL fails.
  package func signature(of message: [UInt8]) throws(KeyBundleError) -> [UInt8] {
    try Self.withKey(of: seed) { (key) throws(KeyBundleError) in
      guard let context = EVP_MD_CTX_new() else { throw .openSSL("OpenSSL is out of memory") }
      defer { EVP_MD_CTX_free(context) }
      var signature = [UInt8](repeating: 0, count: 64)
      var count = signature.count
      guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
        EVP_DigestSign(context, &signature, &count, message, message.count) == 1, count == signature.count
      else { throw .openSSL("OpenSSL cannot sign with Ed25519") }
      return signature
    }
  }

  package var description: String { "key \(publicText)" }
  package var customMirror: Mirror { Mirror(self, children: ["publicKey": publicText]) }

  /// Returns whether the public halves, and so the keys, are equal.
  package static func == (left: SigningKey, right: SigningKey) -> Bool { left.publicKey == right.publicKey }

  private static func withKey<Result>(
    of seed: SecretBytes, _ body: (OpaquePointer) throws(KeyBundleError) -> Result
  ) throws(KeyBundleError) -> Result {
    guard let key = seed.withBytes({ EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, $0.baseAddress, $0.count) })
    else { throw .openSSL("Ed25519 is missing") }
    defer { EVP_PKEY_free(key) }
    return try body(key)
  }
}
