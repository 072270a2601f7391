import COpenSSL

/// An issuer's Ed25519 key, made by chance.
struct SigningKey: Sendable {
  struct Failure: Error {}

  private let secret = (0..<32).map { _ in UInt8.random(in: 0...255) }

  func publicKey() throws -> [UInt8] {
    try withKey { key in
      var bytes = [UInt8](repeating: 0, count: 32)
      var count = bytes.count
      guard EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1 else { throw Failure() }
      return bytes
    }
  }

  func sign(_ message: [UInt8]) throws -> [UInt8] {
    try withKey { key in
      guard let context = EVP_MD_CTX_new() else { throw Failure() }
      defer { EVP_MD_CTX_free(context) }
      var signature = [UInt8](repeating: 0, count: 64)
      var count = signature.count
      guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
        EVP_DigestSign(context, &signature, &count, message, message.count) == 1
      else { throw Failure() }
      return signature
    }
  }

  private func withKey<Result>(_ body: (OpaquePointer) throws -> Result) throws -> Result {
    guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, secret, secret.count) else { throw Failure() }
    defer { EVP_PKEY_free(key) }
    return try body(key)
  }
}
