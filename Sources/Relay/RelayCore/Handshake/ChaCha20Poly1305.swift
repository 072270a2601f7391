import COpenSSL

/// ChaCha20-Poly1305 (RFC 8439).
enum ChaCha20Poly1305 {
  /// Length of a tag in bytes.
  static let tagLength = 16

  /// Encrypts and authenticates.
  ///
  /// - Parameters:
  ///   - plaintext: Data to encrypt.
  ///   - key: 32 bytes.
  ///   - nonce: 12 bytes.
  ///   - data: Additional authenticated data.
  /// - Returns: The ciphertext followed by its tag; nil if a length is wrong or OpenSSL fails.
  static func seal(_ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], authenticating data: [UInt8]) -> [UInt8]? {
    guard key.count == 32, nonce.count == 12, let context = EVP_CIPHER_CTX_new(),
      let length = Int32(exactly: plaintext.count), let dataLength = Int32(exactly: data.count)
    else { return nil }
    defer { EVP_CIPHER_CTX_free(context) }
    var output = [UInt8](repeating: 0, count: plaintext.count + tagLength)
    var tag = [UInt8](repeating: 0, count: tagLength)
    var count: Int32 = 0
    let ok =
      EVP_EncryptInit_ex(context, EVP_chacha20_poly1305(), nil, key, nonce) == 1
      && EVP_EncryptUpdate(context, nil, &count, data, dataLength) == 1
      && EVP_EncryptUpdate(context, &output, &count, plaintext, length) == 1
      && EVP_EncryptFinal_ex(context, &tag, &count) == 1
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagLength), &tag) == 1
    guard ok else { return nil }
    output.replaceSubrange(plaintext.count..., with: tag)
    return output
  }

  /// Verifies and decrypts what `seal` returned.
  ///
  /// - Returns: Nil if anything differs.
  static func open(
    _ sealed: some Collection<UInt8>, key: [UInt8], nonce: [UInt8], authenticating data: [UInt8]
  ) -> [UInt8]? {
    let ciphertext = Array(sealed.dropLast(tagLength))
    var tag = Array(sealed.suffix(tagLength))
    guard key.count == 32, nonce.count == 12, tag.count == tagLength, let context = EVP_CIPHER_CTX_new(),
      let length = Int32(exactly: ciphertext.count), let dataLength = Int32(exactly: data.count)
    else { return nil }
    defer { EVP_CIPHER_CTX_free(context) }
    var output = [UInt8](repeating: 0, count: sealed.count)
    var count: Int32 = 0
    let ok =
      EVP_DecryptInit_ex(context, EVP_chacha20_poly1305(), nil, key, nonce) == 1
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagLength), &tag) == 1
      && EVP_DecryptUpdate(context, nil, &count, data, dataLength) == 1
      && EVP_DecryptUpdate(context, &output, &count, ciphertext, length) == 1
      && EVP_DecryptFinal_ex(context, &tag, &count) == 1
    return ok ? Array(output.prefix(ciphertext.count)) : nil
  }
}
