import ConfigModel
import KeyBundles
import TextFormats

/// Values that are stored where a WireGuard public key belongs.
enum KeyText {
  enum Reading: Equatable {
    case publicKey(WireGuardPublicKey)
    /// The public half of a private key that was stored instead.
    case derived(WireGuardPublicKey)
    /// The reason why the value is not a key, in words that follow "its key". Never contains a part of the text.
    case none(String)
  }

  /// Parses a decrypted value: a public key, or a WireGuard configuration with a private key.
  static func read(_ text: String) -> Reading {
    let text = text.trimmed
    if let key = WireGuardPublicKey(text) {
      return WireGuardKey.isLowOrder(key.bytes)
        ? .none("is a low-order point and protects nothing") : .publicKey(key)
    }
    for line in text.split(whereSeparator: \.isNewline) {
      let parts = line.separated(at: "=", maxSplits: 1)
      guard parts.count == 2, String(parts[0]).trimmed.lowercased() == "privatekey" else { continue }
      guard let derived = try? WireGuardKey(ofPrivateKey: String(parts[1]).trimmed),
        let key = WireGuardPublicKey(derived.text)
      else { return .none("is a configuration whose private key is damaged") }
      return .derived(key)
    }
    return .none("is not a WireGuard public key once it is decrypted")
  }

  /// Whether `text` contains something in the form of a WireGuard key or an age identity.
  static func mayBeSecret(_ text: String) -> Bool {
    if text.uppercased().contains("AGE-SECRET-KEY-") { return true }
    // Splits bytes, not characters: a combining mark after a letter would form a different character.
    let tokens = text.utf8.split { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
        false
      default: true
      }
    }
    return tokens.contains { token in
      token.count >= 43 && (token.last == UInt8(ascii: "=") || token.count == 43 || token.count == 64)
    }
  }
}
