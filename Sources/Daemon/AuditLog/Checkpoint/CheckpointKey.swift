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
      throw AuditError(.invalid, "the system's random source gave no bytes")
    }
    return seed
  }

  /// The public key, for verifying.
  package var verifier: CheckpointVerifier { CheckpointVerifier(name: name, publicKey: publicKey) }

  /// Returns the signature of a text, 64 bytes.
  ///
  /// - Throws: `AuditError` if OpenSSL fails.
  func sign(_ text: [UInt8]) throws -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { throw AuditError(.invalid, "OpenSSL has no memory") }
    defer { EVP_MD_CTX_free(context) }
    var signature = [UInt8](repeating: 0, count: 64)
    var length = 64
    guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
      EVP_DigestSign(context, &signature, &length, text, text.count) == 1, length == 64
    else { throw AuditError(.invalid, "OpenSSL cannot sign with Ed25519") }
    return signature
  }
}

/// Public half of a checkpoint key. Its `description` is `name+hash+base64`, the form of verifier keys in C2SP
/// signed-note.
package struct CheckpointVerifier: Sendable, Equatable, CustomStringConvertible {
  /// Name of the key in signatures.
  package let name: String
  let publicKey: [UInt8]

  /// Algorithm number of Ed25519 in signed-note.
  private static let algorithm: UInt8 = 1

  init(name: String, publicKey: [UInt8]) {
    self.name = name
    self.publicKey = publicKey
  }

  /// Parses `name+hash+base64`.
  ///
  /// - Throws: `AuditError` if the text has another form or its hash does not match.
  package init(parsing text: String) throws {
    let parts = text.separated(at: "+", maxSplits: 2).map(String.init)
    guard parts.count == 3, let data = Data(base64Encoded: parts[2]), data.count == 33, data.first == Self.algorithm
    else {
      throw AuditError(.invalid, "a verifier key reads NAME+HASH+BASE64, as `wpex audit key` prints it")
    }
    self.init(name: parts[0], publicKey: Array(data.dropFirst()))
    guard hexadecimal(keyHash) == parts[1] else {
      throw AuditError(.invalid, "the verifier key of `\(parts[0])` has a wrong hash: it was copied incompletely")
    }
  }

  /// Key hash of signed-note: the first four bytes of SHA-256(name ‖ newline ‖ algorithm ‖ public key).
  var keyHash: [UInt8] {
    let input = Array(name.utf8) + [0x0A, Self.algorithm] + publicKey
    return Array(((try? SHA256Digest.bytes(of: input)) ?? []).prefix(4))
  }

  package var description: String {
    "\(name)+\(hexadecimal(keyHash))+\(Data([Self.algorithm] + publicKey).base64EncodedString())"
  }

  /// Returns whether a signature of `text` is valid.
  func verifies(_ signature: [UInt8], of text: [UInt8]) -> Bool {
    Ed25519.verifies(signature, of: text, publicKey: publicKey)
  }
}

/// Returns bytes as lower-case hexadecimal digits.
package func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
