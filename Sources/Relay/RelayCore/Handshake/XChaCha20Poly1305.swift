import COpenSSL
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
    guard key.count == 32, nonce.count == 24, let context = EVP_CIPHER_CTX_new(),
      let length = Int32(exactly: plaintext.count), let dataLength = Int32(exactly: data.count)
    else { return nil }
    defer { EVP_CIPHER_CTX_free(context) }
    var subkey = [UInt8](repeating: 0, count: 32)
    relay_hchacha20(&subkey, key, nonce)
    var output = [UInt8](repeating: 0, count: plaintext.count + 16)
    var tag = [UInt8](repeating: 0, count: 16)
    var count: Int32 = 0
    let ok =
      EVP_EncryptInit_ex(context, EVP_chacha20_poly1305(), nil, subkey, [0, 0, 0, 0] + nonce[16...]) == 1
      && EVP_EncryptUpdate(context, nil, &count, data, dataLength) == 1
      && EVP_EncryptUpdate(context, &output, &count, plaintext, length) == 1
      && EVP_EncryptFinal_ex(context, &tag, &count) == 1
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, &tag) == 1
    guard ok else { return nil }
    output.replaceSubrange(plaintext.count..., with: tag)
    return output
  }
}
