package import KeyBundles

/// Encrypts and authenticates pagination cursors.
///
/// A readable cursor of the audit log would reveal how many records other tenants have.
///
/// The construction is a synthetic IV: the HMAC of the text under one key seeds the keystream of another key. It is
/// deterministic, so the same position always yields the same cursor and the same page the same bytes.
package struct CursorCipher: Sendable {
  private static let prefix = "c1"
  private static let codeLength = 16
  /// Length of the longest cursor accepted, in characters.
  static let maxLength = 1_024

  private let codeKey: SecretBytes
  private let streamKey: SecretBytes

  /// Derives the two keys.
  ///
  /// - Parameter secret: 32 random bytes; servers that share them accept each other's cursors.
  /// - Throws: `KeyBundleError` if OpenSSL has no HMAC.
  package init(secret: SecretBytes) throws(KeyBundleError) {
    codeKey = try HMACSHA256.code(of: Array("wpex cursor code".utf8), key: secret)
    streamKey = try HMACSHA256.code(of: Array("wpex cursor stream".utf8), key: secret)
  }

  /// Returns the cursor for a position.
  ///
  /// - Returns: Nil if OpenSSL fails.
  func close(_ bytes: [UInt8]) -> String? {
    guard let code = code(of: bytes), let hidden = apply(stream: code, to: bytes) else { return nil }
    return Self.prefix + Base64URL.encode(code + hidden)
  }

  /// Returns the position in a cursor.
  ///
  /// - Returns: Nil if the text is not a cursor made with this secret.
  func open(_ cursor: String) -> [UInt8]? {
    guard cursor.hasPrefix(Self.prefix), cursor.utf8.count <= Self.maxLength else { return nil }
    guard let data = Base64URL.decode(cursor.dropFirst(Self.prefix.count)), data.count > Self.codeLength else {
      return nil
    }
    let given = Array(data.prefix(Self.codeLength))
    guard let bytes = apply(stream: given, to: Array(data.dropFirst(Self.codeLength))), let code = code(of: bytes)
    else {
      return nil
    }
    return ConstantTime.isEqual(code, given) ? bytes : nil
  }

  private func code(of bytes: [UInt8]) -> [UInt8]? {
    (try? HMACSHA256.code(of: bytes, key: codeKey)).map { $0.withBytes { Array($0.prefix(Self.codeLength)) } }
  }

  private func apply(stream start: [UInt8], to bytes: [UInt8]) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var block: UInt8 = 0
    while result.count < bytes.count {
      guard let stream = try? HMACSHA256.code(of: start + [block], key: streamKey) else { return nil }
      stream.withBytes { stream in
        for (byte, mask) in zip(bytes[result.count...].prefix(32), stream) { result.append(byte ^ mask) }
      }
      block &+= 1
    }
    return result
  }
}
