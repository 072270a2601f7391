/// Where the secrets of a new age file come from.
package enum Randomness: Sendable {
  /// The system's random source: two encryptions of the same thing never look alike.
  case system

  /// Derived from a secret and from all that is encrypted: the same inputs give the same bytes, so that rendering the
  /// same commit twice changes nothing. Whoever sees two files learns whether they hold the same, and nothing more.
  case synthetic(RenderSecret, SyntheticContext)
}

/// What a synthetic file is for; part of everything derived for it.
package struct SyntheticContext: Sendable, Hashable {
  package let org: String
  package let relay: String

  package init(org: String, relay: String) {
    self.org = org
    self.relay = relay
  }
}

/// The secret of an installation that makes its key bundles reproducible. Whoever has it can decrypt every bundle whose
/// content they can guess, so it is kept like an identity.
package struct RenderSecret: Sendable, CustomStringConvertible, CustomReflectable {
  /// The least number of bytes.
  package static let minimumLength = 32

  let bytes: SecretBytes

  /// - Parameter bytes: Uniformly random, at least 32 of them, used as they are. The caller wipes them.
  /// - Throws: `invalidRenderSecret` where there are fewer.
  package init(bytes: [UInt8]) throws(KeyBundleError) {
    guard bytes.count >= Self.minimumLength else {
      throw KeyBundleError(
        .invalidRenderSecret,
        "a render secret has at least \(Self.minimumLength) bytes, this one has \(bytes.count);"
          + " make one with `openssl rand 32`")
    }
    self.bytes = SecretBytes(copying: bytes)
  }

  package var description: String { "render secret" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The secrets of one new age file.
struct FileSecrets {
  /// 16 bytes.
  let fileKey: SecretBytes
  /// 16 bytes; published in the file.
  let payloadNonce: [UInt8]
  /// 32 bytes for each recipient, in the order of the recipients.
  let ephemeralScalars: [SecretBytes]
}

extension Randomness {
  /// - Parameters:
  ///   - recipients: Sorted, each once.
  ///   - plaintext: What the file will hold; a synthetic file's secrets depend on it.
  /// - Returns: Secrets for one file and no other.
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
      // One key for all the inputs first; a collision of plaintexts would be one of SHA-256.
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

  /// A new version of it changes every synthetic file.
  private static let syntheticLabel = "wpex synthetic age v1"
}
