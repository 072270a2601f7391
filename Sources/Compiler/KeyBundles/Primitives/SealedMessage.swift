/// Encryption of single messages between two programs that share a secret, such as a relay's token.
///
/// A message is a random salt of 16 bytes and the encrypted text: ChaCha20-Poly1305 in chunks of 64 KiB, as in the payload of an
/// age file. The key is derived from the secret, the purpose and the salt (HKDF-SHA256, RFC 5869), so that a message for one
/// purpose is never accepted for another.
package enum SealedMessage {
  /// Length of a salt in bytes.
  package static let saltLength = AgeFormat.payloadNonceLength

  /// Encrypts a message.
  ///
  /// - Parameters:
  ///   - message: Any number of bytes.
  ///   - secret: The shared secret.
  ///   - purpose: What the message is for.
  ///   - salt: `saltLength` random bytes, used once.
  /// - Returns: The salt and the encrypted message.
  /// - Throws: `cryptography`.
  package static func seal(
    _ message: [UInt8], with secret: SecretBytes, for purpose: String, salt: [UInt8]
  ) throws(KeyBundleError) -> [UInt8] {
    try AgePayload.seal(message, head: salt, fileKey: key(secret, purpose), nonce: salt)
  }

  /// Decrypts a message.
  ///
  /// - Returns: The message.
  /// - Throws: `payloadFailure` if it was sealed with another secret, for another purpose, or altered; `cryptography`.
  package static func open(
    _ sealed: [UInt8], with secret: SecretBytes, for purpose: String
  ) throws(KeyBundleError) -> [UInt8] {
    guard sealed.count >= saltLength else { throw KeyBundleError(.payloadFailure, "the sealed message is truncated") }
    return try AgePayload.open(
      sealed, from: saltLength, fileKey: key(secret, purpose), nonce: Array(sealed.prefix(saltLength)))
  }

  /// Returns a code of 32 bytes that proves knowledge of the secret for a purpose.
  ///
  /// - Throws: `cryptography`.
  package static func proof(
    of message: [UInt8], with secret: SecretBytes, for purpose: String
  ) throws(KeyBundleError) -> [UInt8] {
    try HMACSHA256.code(of: message, key: key(secret, purpose)).copy()
  }

  private static func key(_ secret: SecretBytes, _ purpose: String) throws(KeyBundleError) -> SecretBytes {
    try HKDFSHA256.derive(from: secret, info: "wpex sealed message v1 \(purpose)")
  }
}
