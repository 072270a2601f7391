import COpenSSL

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
