/// Key that signs the declarations of relays' files, and the public keys of which relays accept one.
package struct DeclarationSigner: Sendable, Equatable {
  /// The key that signs.
  package let key: SigningKey
  /// Public keys that relays accept, each of 32 bytes. The one of `key` is among them.
  package let verifiers: [[UInt8]]

  /// Chooses the first declared key whose secret half is at hand.
  ///
  /// - Parameters:
  ///   - declared: `declarationKeys` of the platform, in base64.
  ///   - keys: Keys at hand.
  /// - Throws: `noMatch` if no declared key is at hand.
  package init(_ declared: [String], among keys: [SigningKey]) throws(KeyBundleError) {
    let verifiers = declared.compactMap { Base64.decode($0.utf8, padded: true) }
    guard let key = verifiers.lazy.compactMap({ verifier in keys.first { $0.publicKey == verifier } }).first else {
      throw KeyBundleError(
        .noMatch,
        "the relays accept only what a key of `declarationKeys` in platform.yaml has signed, and "
          + (keys.isEmpty
            ? "no key is at hand" : "the keys at hand are others: \(keys.map(\.publicText).joined(separator: ", "))"))
    }
    self.key = key
    self.verifiers = verifiers
  }
}

extension AgeIdentity {
  /// Label of the derivation. Changing its version changes the key of every platform.
  private static let label = "wpex declaration key v1"

  /// Returns the key that signs declarations for a platform with this identity.
  ///
  /// Daemons derive it from the identity, so nobody has a second secret to keep, copy and restore.
  ///
  /// - Throws: `cryptography` if OpenSSL lacks HKDF or Ed25519.
  package func declarationKey() throws(KeyBundleError) -> SigningKey {
    try SigningKey(seed: HKDFSHA256.derive(from: scalar, info: Self.label))
  }
}

extension SigningKey {
  /// Parses a file of keys that sign declarations: age identities, from which they are derived, or one key's own secret half.
  ///
  /// - Throws: `invalidIdentity` or `invalidKey`. The reason never repeats the file.
  package static func parseFile(_ bytes: [UInt8]) throws(KeyBundleError) -> [SigningKey] {
    if let key = try? SigningKey(text: bytes) { return [key] }
    guard bytes.starts(with: "#".utf8) || bytes.starts(with: AgeFormat.identityPrefix.utf8) else {
      throw KeyBundleError(
        .invalidKey, "it is neither a key that `wpex identity signing-key --out` creates nor an age identity")
    }
    var keys: [SigningKey] = []
    for identity in try AgeIdentity.parseFile(bytes) { keys.append(try identity.declarationKey()) }
    return keys
  }
}
