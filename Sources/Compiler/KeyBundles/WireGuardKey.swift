/// A WireGuard public key: a point of Curve25519, written as 44 characters of base64.
package struct WireGuardKey: Sendable, Hashable {
  /// The 32 bytes, little-endian.
  package let bytes: [UInt8]

  /// Makes the key from its bytes.
  ///
  /// - Throws: `invalidKey` if there are not exactly 32 bytes.
  package init(bytes: [UInt8]) throws(KeyBundleError) {
    guard bytes.count == X25519.length else {
      throw KeyBundleError(.invalidKey, "a WireGuard key has 32 bytes, this one has \(bytes.count)")
    }
    self.bytes = bytes
  }

  /// Parses 44 characters of base64.
  ///
  /// - Throws: `invalidKey` if `text` is not the canonical base64 of 32 bytes.
  package init(_ text: String) throws(KeyBundleError) {
    guard let bytes = Base64.decode(text.utf8, padded: true), bytes.count == X25519.length else {
      throw KeyBundleError(
        .invalidKey, "a WireGuard key is 44 characters of base64 as `wg pubkey` prints it; copy all of it")
    }
    self.bytes = bytes
  }

  /// The 44 characters that `wg pubkey` prints.
  package var text: String { String(decoding: Base64.encode(bytes, padded: true), as: UTF8.self) }

  /// Whether every shared secret with this key is all zeros, and so known to everyone.
  package var isLowOrder: Bool { Self.isLowOrder(bytes) }

  /// Returns whether `point` is of small order on Curve25519 or its twist, in any of its encodings.
  ///
  /// X25519 ignores the top bit (RFC 7748, section 5), so each of the seven encodings below 2²⁵⁵ counts twice. Source:
  /// D. J. Bernstein's list, https://cr.yp.to/ecdh.html#validate, reduced by that bit.
  ///
  /// - Parameter point: 32 bytes.
  /// - Returns: Also false if there are not 32 bytes, because that is not a point at all.
  package static func isLowOrder(_ point: [UInt8]) -> Bool {
    guard point.count == X25519.length, let last = point.last else { return false }
    var masked = point
    masked[X25519.length - 1] = last & 0x7f
    return lowOrderPoints.contains(masked)
  }

  private static let lowOrderPoints: [[UInt8]] = {
    func nearPrime(_ first: UInt8) -> [UInt8] { [first] + [UInt8](repeating: 0xff, count: 30) + [0x7f] }
    return [
      [UInt8](repeating: 0, count: 32),
      [1] + [UInt8](repeating: 0, count: 31),
      // The two points of order 8.
      [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
        0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
      ],
      [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
        0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
      ],
      // p - 1, and the second encodings of 0 and 1: p and p + 1, where p = 2²⁵⁵ - 19.
      nearPrime(0xec), nearPrime(0xed), nearPrime(0xee),
    ]
  }()
}
