extension WireGuardKey {
  /// The public half of a private key.
  ///
  /// - Parameter text: what `wg genkey` prints. Whoever has it wipes or forgets it.
  /// - Throws: `invalidKey` where it is not 32 bytes of base64; the reason never repeats it.
  package init(ofPrivateKey text: String) throws(KeyBundleError) {
    guard var bytes = Base64.decode(text.utf8, padded: true), bytes.count == X25519.length else {
      throw KeyBundleError(.invalidKey, "a private key is 44 characters of base64 as `wg genkey` prints it")
    }
    defer { cleanse(&bytes) }
    try self.init(bytes: X25519.publicKey(of: SecretBytes(copying: bytes)))
  }
}
