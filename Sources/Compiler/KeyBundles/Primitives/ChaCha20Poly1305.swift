import COpenSSL

/// ChaCha20-Poly1305 (RFC 8439) under one key, without associated data.
struct ChaCha20Poly1305: ~Copyable {
  /// The length of the authentication tag behind every ciphertext, in bytes.
  static let tagLength = 16
  /// The length of a nonce, in bytes.
  static let nonceLength = 12

  private let context: OpaquePointer
  private let key: SecretBytes

  /// - Parameter key: 32 bytes.
  /// - Throws: `cryptography` where OpenSSL has no ChaCha20-Poly1305 or the key is of another length.
  init(key: SecretBytes) throws(KeyBundleError) {
    guard key.count == 32, let context = EVP_CIPHER_CTX_new() else { throw .openSSL("ChaCha20-Poly1305 is missing") }
    self.context = context
    self.key = key
  }

  deinit { EVP_CIPHER_CTX_free(context) }

  /// Encrypts `plaintext` into `output`, tag last.
  ///
  /// - Parameters:
  ///   - nonce: 12 bytes, never used twice under this key.
  ///   - plaintext: At most 64 KiB, which is all that age ever gives at once.
  ///   - output: Exactly 16 bytes longer than `plaintext`.
  /// - Returns: False where a length is wrong or OpenSSL refuses.
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
  ///   - nonce: The 12 bytes that it was encrypted with.
  ///   - ciphertext: At most 64 KiB and a tag.
  ///   - output: Exactly 16 bytes shorter than `ciphertext`. Holds unauthenticated bytes where this returns false; the
  ///     caller discards them.
  /// - Returns: False where the tag does not fit, a length is wrong or OpenSSL refuses.
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
