extension WireGuardKey {
  /// Computes the public half of a private key.
  ///
  /// - Parameter text: Private key as `wg genkey` prints it. The caller wipes or forgets it.
  /// - Throws: `invalidKey` if it is not the base64 of 32 bytes. The reason never repeats it.
  package init(ofPrivateKey text: String) throws(KeyBundleError) {
    guard var bytes = Base64.decode(text.utf8, padded: true), bytes.count == X25519.length else {
      throw KeyBundleError(.invalidKey, "a private key is 44 characters of base64 as `wg genkey` prints it")
    }
    defer { cleanse(&bytes) }
    try self.init(bytes: X25519.publicKey(of: SecretBytes(copying: bytes)))
  }
}
