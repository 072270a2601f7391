/// A short, public name for a key, the same wherever the key appears.
package struct KeyFingerprint: Sendable, Hashable, CustomStringConvertible {
  /// `SHA256:` and 43 characters of base64, as in OpenSSH; for a sealed key with `sealed:` before it.
  package let text: String

  /// Computes the fingerprint of a public key over its 32 bytes.
  ///
  /// - Throws: `cryptography`.
  package init(of key: WireGuardKey) throws(KeyBundleError) {
    text = try Self.digest(key.bytes)
  }

  /// Computes the fingerprint of a sealed key over its armored text, because the key inside is not known.
  ///
  /// Sealing the same key again gives another fingerprint.
  ///
  /// - Throws: `cryptography`.
  package init(ofSealed armored: String) throws(KeyBundleError) {
    text = "sealed:" + (try Self.digest(Array(armored.utf8)))
  }

  package var description: String { text }

  private static func digest(_ bytes: [UInt8]) throws(KeyBundleError) -> String {
    "SHA256:" + String(decoding: Base64.encode(try SHA256Digest.bytes(of: bytes), padded: false), as: UTF8.self)
  }
}
