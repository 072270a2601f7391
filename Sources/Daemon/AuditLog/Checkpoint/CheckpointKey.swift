import COpenSSL
import FoundationEssentials
import KeyBundles
import TextFormats

/// Ed25519 key (RFC 8032) that signs checkpoints, in C2SP signed-note format.
///
/// `@unchecked Sendable`: OpenSSL's key is created in `init`, never changes, and is freed in `deinit`.
package final class CheckpointKey: @unchecked Sendable {
  /// Name of the key in signatures; without spaces and `+`.
  package let name: String
  private let key: OpaquePointer
  private let publicKey: [UInt8]

  /// Creates a key from its seed.
  ///
  /// - Parameters:
  ///   - name: Name of the key.
  ///   - seed: 32 secret bytes.
  /// - Throws: `AuditError` if the seed has another length or OpenSSL fails.
  package init(name: String, seed: [UInt8]) throws {
    guard seed.count == 32, let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, 32) else {
      throw AuditError(.invalid, "a checkpoint key is 32 bytes")
    }
    var length = 32
    var publicKey = [UInt8](repeating: 0, count: 32)
    guard EVP_PKEY_get_raw_public_key(key, &publicKey, &length) == 1 else {
      EVP_PKEY_free(key)
      throw AuditError(.invalid, "the checkpoint key has no public half")
    }
    self.name = name
    self.key = key
    self.publicKey = publicKey
  }

  deinit { EVP_PKEY_free(key) }

  /// Returns a new random seed, 32 secret bytes.
  ///
  /// - Throws: `AuditError` if the random source fails.
  package static func newSeed() throws -> [UInt8] {
    var seed = [UInt8](repeating: 0, count: 32)
    guard RAND_priv_bytes(&seed, 32) == 1 else {
      throw AuditError(.invalid, "the system's random source returned no bytes")
    }
    return seed
  }

  /// The public key, for verifying.
  package var verifier: CheckpointVerifier { CheckpointVerifier(name: name, publicKey: publicKey) }

  /// Returns the signature of a text, 64 bytes.
  ///
  /// - Throws: `AuditError` if OpenSSL fails.
  func sign(_ text: [UInt8]) throws -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { throw AuditError(.invalid, "OpenSSL is out of memory") }
    defer { EVP_MD_CTX_free(context) }
    var signature = [UInt8](repeating: 0, count: 64)
    var length = 64
    guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
      EVP_DigestSign(context, &signature, &length, text, text.count) == 1, length == 64
    else { throw AuditError(.invalid, "OpenSSL cannot sign with Ed25519") }
    return signature
  }
}

/// Returns bytes as lower-case hexadecimal digits.
package func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
