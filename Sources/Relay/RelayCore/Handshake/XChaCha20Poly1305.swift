import CRelayCore

/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha), built on OpenSSL's ChaCha20-Poly1305 because OpenSSL 3.0 lacks it.
enum XChaCha20Poly1305 {
  /// Encrypts and authenticates.
  ///
  /// - Parameters:
  ///   - plaintext: Data to encrypt.
  ///   - key: 32 bytes.
  ///   - nonce: 24 bytes.
  ///   - data: Additional authenticated data.
  /// - Returns: The ciphertext followed by its 16-byte tag; nil if a length is wrong or OpenSSL fails.
  static func seal(_ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], authenticating data: [UInt8]) -> [UInt8]? {
    guard key.count == 32, nonce.count == 24 else { return nil }
    var subkey = [UInt8](repeating: 0, count: 32)
    relay_hchacha20(&subkey, key, nonce)
    return ChaCha20Poly1305.seal(plaintext, key: subkey, nonce: [0, 0, 0, 0] + nonce[16...], authenticating: data)
  }
}
