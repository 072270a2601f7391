import COpenSSL

/// X25519 (RFC 7748, section 5).
enum X25519 {
  /// Length of a scalar, a point and a shared secret, in bytes.
  static let length = 32

  /// Returns the public point of `scalar`, which is clamped as the RFC says.
  ///
  /// - Throws: `cryptography` if OpenSSL refuses, as it does for a scalar that does not have 32 bytes.
  static func publicKey(of scalar: SecretBytes) throws(KeyBundleError) -> [UInt8] {
    let key = try privateKey(scalar)
    defer { EVP_PKEY_free(key) }
    var point = [UInt8](repeating: 0, count: length)
    var count = length
    guard EVP_PKEY_get_raw_public_key(key, &point, &count) == 1, count == length else {
      throw .openSSL("X25519 returned no public key")
    }
    return point
  }

  /// Returns the shared secret of `scalar` and `point`, or nil if `point` is of low order.
  ///
  /// With such a point, the secret would be all zeros.
  ///
  /// - Throws: `cryptography` if OpenSSL refuses for another reason.
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
      else { throw .openSSL("X25519 returned no shared secret") }
    }
  }

  /// Returns OpenSSL's key for `scalar`, which the caller frees.
  private static func privateKey(_ scalar: SecretBytes) throws(KeyBundleError) -> OpaquePointer {
    let key = scalar.withBytes { EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nil, $0.baseAddress, $0.count) }
    guard let key else { throw .openSSL("X25519 refused a private key") }
    return key
  }
}
