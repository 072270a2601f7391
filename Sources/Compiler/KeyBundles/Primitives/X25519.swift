import COpenSSL

/// X25519 (RFC 7748, section 5).
enum X25519 {
  /// The length of a scalar, of a point and of a shared secret, in bytes.
  static let length = 32

  /// The public point of `scalar`, which is clamped as the RFC says.
  ///
  /// - Throws: `cryptography` where OpenSSL refuses, which it does for any scalar that is not 32 bytes.
  static func publicKey(of scalar: SecretBytes) throws(KeyBundleError) -> [UInt8] {
    let key = try privateKey(scalar)
    defer { EVP_PKEY_free(key) }
    var point = [UInt8](repeating: 0, count: length)
    var count = length
    guard EVP_PKEY_get_raw_public_key(key, &point, &count) == 1, count == length else {
      throw .openSSL("X25519 gave no public key")
    }
    return point
  }

  /// The shared secret of `scalar` and `point`, or nil where `point` is of low order: the secret would be all zeros.
  ///
  /// - Throws: `cryptography` where OpenSSL refuses for another reason.
  static func sharedSecret(of scalar: SecretBytes, with point: [UInt8]) throws(KeyBundleError) -> SecretBytes? {
    if WireGuardKey.isLowOrder(point) { return nil }
    let key = try privateKey(scalar)
    defer { EVP_PKEY_free(key) }
    guard let peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nil, point, point.count) else {
      throw .openSSL("X25519 refused a public key")
    }
    defer { EVP_PKEY_free(peer) }
    guard let context = EVP_PKEY_CTX_new(key, nil) else { throw .openSSL("X25519 is missing") }
    defer { EVP_PKEY_CTX_free(context) }
    return try SecretBytes(count: length) { (output) throws(KeyBundleError) in
      var count = output.count
      guard EVP_PKEY_derive_init(context) == 1, EVP_PKEY_derive_set_peer(context, peer) == 1,
        EVP_PKEY_derive(context, output.baseAddress, &count) == 1, count == length
      else { throw .openSSL("X25519 gave no shared secret") }
    }
  }

  /// The caller frees the key.
  private static func privateKey(_ scalar: SecretBytes) throws(KeyBundleError) -> OpaquePointer {
    let key = scalar.withBytes { EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nil, $0.baseAddress, $0.count) }
    guard let key else { throw .openSSL("X25519 refused a private key") }
    return key
  }
}
