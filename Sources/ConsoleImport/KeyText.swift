import ConfigModel
import KeyBundles

/// What people store where a WireGuard public key belongs.
enum KeyText {
  enum Reading: Equatable {
    case publicKey(WireGuardPublicKey)
    /// The public half of a private key that stood there.
    case derived(WireGuardPublicKey)
    /// Why it is none, in words that follow "its key". Never holds a part of the text.
    case none(String)
  }

  /// Reads a decrypted value: a public key, or a WireGuard configuration with a private one.
  static func read(_ text: String) -> Reading {
    let text = text.trimmed
    if let key = WireGuardPublicKey(text) {
      return WireGuardKey.isLowOrder(key.bytes)
        ? .none("is a point of low order, which protects nothing") : .publicKey(key)
    }
    for line in text.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, String(parts[0]).trimmed.lowercased() == "privatekey" else { continue }
      guard let derived = try? WireGuardKey(ofPrivateKey: String(parts[1]).trimmed),
        let key = WireGuardPublicKey(derived.text)
      else { return .none("is a configuration whose private key is damaged") }
      return .derived(key)
    }
    return .none("is no WireGuard public key once it is decrypted")
  }

  /// Whether `text` has something that a key of WireGuard or an age identity would look like.
  static func mayBeSecret(_ text: String) -> Bool {
    if text.uppercased().contains("AGE-SECRET-KEY-") { return true }
    let tokens = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || "+/=".contains($0))) }
    return tokens.contains { token in
      token.count >= 43 && (token.suffix(44).hasSuffix("=") || token.count == 43 || token.count == 64)
    }
  }
}
