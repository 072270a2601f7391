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
