/// Source of the secrets of a new age file.
package enum Randomness: Sendable {
  /// The system's random source: encrypting the same plaintext twice gives unrelated files.
  case system

  /// Derivation from a secret and everything that is encrypted.
  ///
  /// The same inputs give the same bytes, so rendering the same commit twice changes nothing. An observer of two files
  /// learns whether their contents are equal, and nothing more.
  case synthetic(RenderSecret, SyntheticContext)
}

extension Randomness {
  /// Draws the secrets of one file.
  ///
  /// - Parameters:
  ///   - recipients: Sorted, without duplicates.
  ///   - plaintext: Content of the file, on which a synthetic file's secrets depend.
  /// - Returns: Secrets for this file only.
  /// - Throws: `cryptography`.
  func draw(for recipients: [AgeRecipient], plaintext: [UInt8]) throws(KeyBundleError) -> FileSecrets {
    switch self {
    case .system:
      var scalars: [SecretBytes] = []
      for _ in recipients { scalars.append(try .random(count: X25519.length)) }
      return FileSecrets(
        fileKey: try .random(count: AgeFormat.fileKeyLength),
        payloadNonce: try SecretBytes.random(count: AgeFormat.payloadNonceLength).copy(), ephemeralScalars: scalars)
    case .synthetic(let secret, let context):
      // All inputs go into a single key first. Two plaintexts could collide only if SHA-256 did.
      let inputs = [Array(context.org.utf8), Array(context.relay.utf8)] + [try SHA256Digest.bytes(of: plaintext)]
      let message = Framing.bytes(label: Self.syntheticLabel, fields: inputs + recipients.map(\.point))
      let seed = try HMACSHA256.code(of: message, key: secret.bytes)
      var scalars: [SecretBytes] = []
      for recipient in recipients {
        let info = Array("\(Self.syntheticLabel) ephemeral key ".utf8) + recipient.point
        scalars.append(try HKDFSHA256.derive(from: seed, info: info, count: X25519.length))
      }
      return FileSecrets(
        fileKey: try HKDFSHA256.derive(
          from: seed, info: "\(Self.syntheticLabel) file key", count: AgeFormat.fileKeyLength),
        payloadNonce: try HKDFSHA256.derive(
          from: seed, info: "\(Self.syntheticLabel) payload nonce", count: AgeFormat.payloadNonceLength
        ).copy(), ephemeralScalars: scalars)
    }
  }

  /// Label of the derivation. Changing its version changes every synthetic file.
  private static let syntheticLabel = "wpex synthetic age v1"
}
