import COpenSSL

/// ChaCha20-Poly1305 (RFC 8439) with one key and without associated data.
struct ChaCha20Poly1305: ~Copyable {
  /// Length of the authentication tag after each ciphertext, in bytes.
  static let tagLength = 16
  /// Length of a nonce, in bytes.
  static let nonceLength = 12

  private let context: OpaquePointer
  private let key: SecretBytes

  /// Prepares the cipher.
  ///
  /// - Parameter key: 32 bytes.
  /// - Throws: `cryptography` if OpenSSL lacks ChaCha20-Poly1305 or the key has another length.
  init(key: SecretBytes) throws(KeyBundleError) {
    guard key.count == 32, let context = EVP_CIPHER_CTX_new() else { throw .openSSL("ChaCha20-Poly1305 is missing") }
    self.context = context
    self.key = key
  }

  deinit { EVP_CIPHER_CTX_free(context) }

  /// Encrypts `plaintext` into `output`, with the tag last.
  ///
  /// - Parameters:
  ///   - nonce: 12 bytes, never used twice with this key.
  ///   - plaintext: At most 64 KiB, the size of age's chunks.
  ///   - output: Exactly 16 bytes longer than `plaintext`.
  /// - Returns: Whether it succeeded; false if a length is wrong or OpenSSL fails.
  func seal(
    nonce: [UInt8], _ plaintext: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>
  ) -> Bool {
    guard nonce.count == Self.nonceLength, output.count == plaintext.count + Self.tagLength,
      let written = output.baseAddress, let length = Int32(exactly: plaintext.count)
    else { return false }
    var count: Int32 = 0
    let started = key.withBytes { EVP_EncryptInit_ex(context, EVP_chacha20_poly1305(), nil, $0.baseAddress, nonce) }
    return started == 1
      && (length == 0 || EVP_EncryptUpdate(context, written, &count, plaintext.baseAddress, length) == 1)
      && EVP_EncryptFinal_ex(context, written + plaintext.count, &count) == 1
      && EVP_CIPHER_CTX_ctrl(
        context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagLength), written + plaintext.count) == 1
  }

  /// Decrypts `ciphertext`, whose last 16 bytes are its tag, into `output`.
  ///
  /// - Parameters:
  ///   - nonce: The 12 bytes with which it was encrypted.
  ///   - ciphertext: At most 64 KiB, and a tag.
  ///   - output: Exactly 16 bytes shorter than `ciphertext`. If this returns false, it contains unauthenticated bytes,
  ///     which the caller must discard.
  /// - Returns: Whether it succeeded; false if the tag does not match, a length is wrong or OpenSSL fails.
  func open(
    nonce: [UInt8], _ ciphertext: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>
  ) -> Bool {
    guard nonce.count == Self.nonceLength, ciphertext.count == output.count + Self.tagLength,
      let read = ciphertext.baseAddress, let length = Int32(exactly: output.count)
    else { return false }
    var tag = Array(ciphertext.suffix(Self.tagLength))
    var rest = [UInt8](repeating: 0, count: Self.tagLength)
    var count: Int32 = 0
    let started = key.withBytes { EVP_DecryptInit_ex(context, EVP_chacha20_poly1305(), nil, $0.baseAddress, nonce) }
    let opened =
      started == 1
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagLength), &tag) == 1
      && (length == 0 || EVP_DecryptUpdate(context, output.baseAddress, &count, read, length) == 1)
      && EVP_DecryptFinal_ex(context, &rest, &count) == 1
    if !opened { ERR_clear_error() }
    return opened
  }
}
