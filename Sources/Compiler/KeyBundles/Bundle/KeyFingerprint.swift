/// A short name for a key, the same wherever the key appears, that can be compared and shown to anyone.
package struct KeyFingerprint: Sendable, Hashable, CustomStringConvertible {
  /// `SHA256:` and 43 characters of base64, in the manner of OpenSSH; `sealed:` before that for a sealed key.
  package let text: String

  /// Of a public key: over its 32 bytes.
  ///
  /// - Throws: `cryptography`.
  package init(of key: WireGuardKey) throws(KeyBundleError) {
    text = try Self.digest(key.bytes)
  }

  /// Of a sealed key: over the armored text as it stands, because the key inside is not known. Sealing the same key
  /// again gives another fingerprint.
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
