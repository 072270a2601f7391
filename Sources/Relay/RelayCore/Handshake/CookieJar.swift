import COpenSSL
import CRelayCore

/// WireGuard cookies (section 5.4.7 of the paper), issued on behalf of the peer that a message is for. Returning one
/// proves that the sender receives packets at its address.
struct CookieJar {
  private(set) var current: [UInt8]
  private(set) var previous: [UInt8]
  private(set) var rotatedAt: Instant

  /// Creates a jar with a first secret.
  ///
  /// - Parameter secret: 32 random bytes.
  init(secret: [UInt8], at now: Instant) {
    current = secret
    previous = []
    rotatedAt = now
  }

  /// Restores the secrets of an earlier process.
  init(current: [UInt8], previous: [UInt8], rotatedAt: Instant) {
    self.current = current
    self.previous = previous
    self.rotatedAt = rotatedAt
  }

  /// Replaces the secret every 120 s; the previous one stays valid for as long.
  mutating func rotate(at now: Instant, _ random: (Int) -> [UInt8]) {
    guard now.since(rotatedAt) >= WireGuard.cookieLife * 1_000_000_000 else { return }
    previous = now.since(rotatedAt) >= 2 * WireGuard.cookieLife * 1_000_000_000 ? [] : current
    current = random(32)
    rotatedAt = now
  }

  /// Returns whether mac2 was computed with a cookie that the relay issued to this source.
  func proves(_ message: HandshakeMessage, from source: Endpoint) -> Bool {
    guard message.hasMAC2 else { return false }
    let covered = message.bytes.dropLast(WireGuard.Length.mac)
    let given = Array(message.mac2)
    return [current, previous].contains { secret in
      !secret.isEmpty
        && relay_mac_equal(BLAKE2s.mac(covered, key: BLAKE2s.mac(source.bytes, key: secret)), given)
    }
  }

  /// Returns a cookie reply to an initiation for the key that `cookieKey` was derived from.
  ///
  /// - Parameter nonce: 24 random bytes.
  /// - Returns: 64 bytes; nil if OpenSSL fails.
  func reply(to message: HandshakeMessage, from source: Endpoint, cookieKey: [UInt8], nonce: [UInt8]) -> [UInt8]? {
    let cookie = BLAKE2s.mac(source.bytes, key: current)
    guard
      let sealed = XChaCha20Poly1305.seal(cookie, key: cookieKey, nonce: nonce, authenticating: Array(message.mac1))
    else { return nil }
    var reply: [UInt8] = []
    reply.reserveCapacity(WireGuard.Length.cookieReply)
    for word in [WireGuard.MessageType.cookieReply, message.sender] {
      for shift in [0, 8, 16, 24] as [UInt32] { reply.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
    return reply + nonce + sealed
  }
}

/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha), built on OpenSSL's ChaCha20-Poly1305 because OpenSSL 3.0 lacks it.
enum XChaCha20Poly1305 {
  /// Encrypts and authenticates.
  ///
  /// - Parameters:
  ///   - plaintext: Data to encrypt.
  ///   - key: 32 bytes.
  ///   - nonce: 24 bytes.
  ///   - data: Additional authenticated data.
  /// - Returns: The ciphertext followed by its 16-byte tag; nil if a length is wrong or OpenSSL fails.
  static func seal(_ plaintext: [UInt8], key: [UInt8], nonce: [UInt8], authenticating data: [UInt8]) -> [UInt8]? {
    guard key.count == 32, nonce.count == 24, let context = EVP_CIPHER_CTX_new(),
      let length = Int32(exactly: plaintext.count), let dataLength = Int32(exactly: data.count)
    else { return nil }
    defer { EVP_CIPHER_CTX_free(context) }
    var subkey = [UInt8](repeating: 0, count: 32)
    relay_hchacha20(&subkey, key, nonce)
    var output = [UInt8](repeating: 0, count: plaintext.count + 16)
    var tag = [UInt8](repeating: 0, count: 16)
    var count: Int32 = 0
    let ok =
      EVP_EncryptInit_ex(context, EVP_chacha20_poly1305(), nil, subkey, [0, 0, 0, 0] + nonce[16...]) == 1
      && EVP_EncryptUpdate(context, nil, &count, data, dataLength) == 1
      && EVP_EncryptUpdate(context, &output, &count, plaintext, length) == 1
      && EVP_EncryptFinal_ex(context, &tag, &count) == 1
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, &tag) == 1
    guard ok else { return nil }
    output.replaceSubrange(plaintext.count..., with: tag)
    return output
  }
}
