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
  ///
  /// - Returns: Whether there is a new secret.
  mutating func rotate(at now: Instant, _ random: (Int) -> [UInt8]) -> Bool {
    guard now.since(rotatedAt) >= WireGuard.cookieLife * 1_000_000_000 else { return false }
    previous = now.since(rotatedAt) >= 2 * WireGuard.cookieLife * 1_000_000_000 ? [] : current
    current = random(32)
    rotatedAt = now
    return true
  }

  /// Returns whether mac2 was computed with a cookie that the relay issued to this source.
  ///
  /// - Parameter others: Secrets of other members, whose cookies are as good.
  func proves(_ message: HandshakeMessage, from source: Endpoint, others: [[UInt8]] = []) -> Bool {
    guard message.hasMAC2 else { return false }
    let covered = message.bytes.dropLast(WireGuard.Length.mac)
    let given = Array(message.mac2)
    return ([current, previous] + others).contains { secret in
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
