/// A WireGuard public key: 32 bytes, written as 44 characters of base64.
package struct WireGuardPublicKey: Sendable, Hashable {
  // Four words instead of an array: comparing and hashing 100,000 keys does not touch the heap.
  private let words: SIMD4<UInt64>

  /// Parses canonical base64 of exactly 32 bytes; nil for anything else.
  package init?(_ text: String) {
    var text = text
    let words = text.withUTF8 { input -> SIMD4<UInt64>? in
      guard input.count == 44, input[43] == UInt8(ascii: "=") else { return nil }
      var words = SIMD4<UInt64>()
      var index = 0
      var accumulator: UInt32 = 0
      var bits = 0
      for position in 0..<43 {
        guard let value = Self.value(of: input[position]) else { return nil }
        accumulator = accumulator << 6 | UInt32(value)
        bits += 6
        guard bits >= 8 else { continue }
        bits -= 8
        let byte = UInt8(truncatingIfNeeded: accumulator >> UInt32(bits))
        words[index / 8] |= UInt64(byte) << UInt64(8 * (index % 8))
        index += 1
      }
      // 43 characters carry 258 bits; the last two must be zero, or two texts would mean the same key.
      guard index == 32, accumulator & 3 == 0 else { return nil }
      return words
    }
    guard let words else { return nil }
    self.words = words
  }

  /// The 32 bytes of the key.
  package var bytes: [UInt8] {
    (0..<32).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> UInt64(8 * ($0 % 8))) }
  }

  /// The first eight bytes. Equality is a hint only: compare the whole keys to confirm it.
  package var firstWord: UInt64 { words[0] }

  /// Hashes the first eight bytes, which suffice because public keys are uniformly distributed.
  package func hash(into hasher: inout Hasher) { hasher.combine(words[0]) }

  /// Whether the key shares its first eight bytes with a low-order point of Curve25519.
  ///
  /// Almost no key does, so the full comparison is rarely needed.
  package var mayBeWeak: Bool {
    switch words[0] {
    case 0, 1, 0xAEB8_413B_7C7A_EBE0, 0x248C_50A3_BC95_9C5F: true
    // p − 1, p, p + 1 and the neighbours of their doubles, which differ only in the first byte because they are
    // little-endian.
    case 0xFFFF_FFFF_FFFF_FFD9...0xFFFF_FFFF_FFFF_FFDB, 0xFFFF_FFFF_FFFF_FFEC...0xFFFF_FFFF_FFFF_FFEE: true
    default: false
    }
  }

  private static func value(of character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
