import COpenSSL

/// HMAC-SHA256 (RFC 2104).
package enum HMACSHA256 {
  /// Returns the 32-byte authentication code of `message` under `key`.
  ///
  /// - Throws: `cryptography` if OpenSSL lacks HMAC.
  package static func code(of message: [UInt8], key: SecretBytes) throws(KeyBundleError) -> SecretBytes {
    try SecretBytes(count: 32) { (output) throws(KeyBundleError) in
      var length = 0
      let made = key.withBytes { key in
        EVP_Q_mac(
          nil, "HMAC", nil, "SHA256", nil, key.baseAddress, key.count, message, message.count, output.baseAddress,
          output.count, &length)
      }
      guard made != nil, length == output.count else { throw .openSSL("HMAC-SHA256 failed") }
    }
  }

  /// An authentication code computed over a message that arrives in pieces.
  package final class Stream {
    private let context: OpaquePointer

    /// Begins a message under `key`.
    ///
    /// - Throws: `cryptography` if OpenSSL lacks HMAC.
    package init(key: SecretBytes) throws(KeyBundleError) {
      guard let algorithm = EVP_MAC_fetch(nil, "HMAC", nil) else { throw .openSSL("HMAC is missing") }
      defer { EVP_MAC_free(algorithm) }
      guard let context = EVP_MAC_CTX_new(algorithm) else { throw .openSSL("HMAC is missing") }
      self.context = context
      let isReady = "SHA256".withCString { name in
        // OpenSSL only reads the name.
        var parameters = [
          OSSL_PARAM_construct_utf8_string("digest", UnsafeMutablePointer(mutating: name), 0),
          OSSL_PARAM_construct_end(),
        ]
        return key.withBytes { EVP_MAC_init(context, $0.baseAddress, $0.count, &parameters) == 1 }
      }
      guard isReady else { throw .openSSL("HMAC-SHA256 failed") }
    }

    deinit { EVP_MAC_CTX_free(context) }

    /// Appends `bytes` to the message.
    package func add(_ bytes: UnsafeRawBufferPointer) {
      guard let start = bytes.baseAddress else { return }
      EVP_MAC_update(context, start.assumingMemoryBound(to: UInt8.self), bytes.count)
    }

    /// Returns the 32-byte code. Nothing may be added afterwards.
    ///
    /// - Throws: `cryptography`.
    package func finish() throws(KeyBundleError) -> [UInt8] {
      var code = [UInt8](repeating: 0, count: 32)
      var length = 0
      guard EVP_MAC_final(context, &code, &length, code.count) == 1, length == code.count else {
        throw .openSSL("HMAC-SHA256 failed")
      }
      return code
    }
  }
}

/// HKDF-SHA256 (RFC 5869), extract and expand in one step.
enum HKDFSHA256 {
  /// Derives `count` bytes (at most 8160) from `secret`.
  ///
  /// - Parameters:
  ///   - secret: Input keying material.
  ///   - salt: May be empty, which RFC 5869 defines as 32 zero bytes.
  ///   - info: Purpose of the result.
  ///   - count: Number of bytes wanted.
  /// - Returns: `count` bytes.
  /// - Throws: `cryptography` if OpenSSL lacks HKDF.
  static func derive(
    from secret: SecretBytes, salt: [UInt8] = [], info: [UInt8], count: Int = 32
  ) throws(KeyBundleError) -> SecretBytes {
    guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nil) else { throw .openSSL("HKDF is missing") }
    defer { EVP_PKEY_CTX_free(context) }
    return try SecretBytes(count: count) { (output) throws(KeyBundleError) in
      var length = output.count
      let derived = secret.withBytes { secret in
        EVP_PKEY_derive_init(context) == 1
          && EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) == 1
          && (salt.isEmpty || EVP_PKEY_CTX_set1_hkdf_salt(context, salt, Int32(salt.count)) == 1)
          && EVP_PKEY_CTX_set1_hkdf_key(context, secret.baseAddress, Int32(secret.count)) == 1
          && EVP_PKEY_CTX_add1_hkdf_info(context, info, Int32(info.count)) == 1
          && EVP_PKEY_derive(context, output.baseAddress, &length) == 1
      }
      guard derived, length == output.count else { throw .openSSL("HKDF-SHA256 failed") }
    }
  }

  static func derive(
    from secret: SecretBytes, salt: [UInt8] = [], info: String, count: Int = 32
  ) throws(KeyBundleError) -> SecretBytes {
    try derive(from: secret, salt: salt, info: Array(info.utf8), count: count)
  }
}
