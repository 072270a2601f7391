import COpenSSL
import FoundationEssentials
import KeyBundles
import TextFormats

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
      throw AuditError(.invalid, "a verifier key has the form NAME+HASH+BASE64, as `wpex audit key` prints it")
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
