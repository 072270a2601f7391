import COpenSSL

/// SHA-256 (FIPS 180-4).
package enum SHA256Digest {
  /// Returns the 32-byte digest of `bytes`.
  ///
  /// - Throws: `cryptography` if OpenSSL lacks SHA-256.
  package static func bytes(of bytes: [UInt8]) throws(KeyBundleError) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    var length = digest.count
    guard EVP_Q_digest(nil, "SHA256", nil, bytes, bytes.count, &digest, &length) == 1, length == 32 else {
      throw .openSSL("SHA-256 failed")
    }
    return digest
  }

  /// Returns the digest of `bytes` as 64 lowercase hexadecimal digits.
  ///
  /// - Throws: `cryptography` if OpenSSL lacks SHA-256.
  package static func hex(of bytes: [UInt8]) throws(KeyBundleError) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let text = try self.bytes(of: bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }
}
