package import KeyBundles

/// Ed25519 key (RFC 8032) that signs checkpoints, in C2SP signed-note format.
package struct CheckpointKey: Sendable {
  /// Name of the key in signatures; without spaces and `+`.
  package let name: String
  private let key: SigningKey

  /// Creates a checkpoint key from a key that signs.
  ///
  /// - Parameters:
  ///   - name: Name of the key.
  ///   - key: The key.
  package init(name: String, key: SigningKey) {
    self.name = name
    self.key = key
  }

  /// Creates a key from its seed.
  ///
  /// - Parameters:
  ///   - name: Name of the key.
  ///   - seed: 32 secret bytes.
  /// - Throws: `AuditError` if the seed has another length or OpenSSL fails.
  package init(name: String, seed: [UInt8]) throws {
    do {
      self.init(name: name, key: try SigningKey(seed: SecretBytes(copying: seed)))
    } catch {
      throw AuditError(.invalid, error.reason)
    }
  }

  /// The public key, for verifying.
  package var verifier: CheckpointVerifier { CheckpointVerifier(name: name, publicKey: key.publicKey) }

  /// Returns the signature of a text, 64 bytes.
  ///
  /// - Throws: `AuditError` if OpenSSL fails.
  func sign(_ text: [UInt8]) throws -> [UInt8] {
    do {
      return try key.signature(of: text)
    } catch {
      throw AuditError(.invalid, error.reason)
    }
  }
}

/// Returns bytes as lower-case hexadecimal digits.
package func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
