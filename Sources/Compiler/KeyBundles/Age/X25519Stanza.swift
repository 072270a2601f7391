/// An X25519 stanza: a public point for the key agreement, and the file key encrypted under the agreed key.
struct X25519Stanza {
  /// The sender's ephemeral public point, 32 bytes.
  let share: [UInt8]
  /// The encrypted file key with its tag, 32 bytes.
  let body: [UInt8]

  /// Interprets `stanza`; nil if it is of another type.
  ///
  /// - Throws: `headerFailure` if it is of this type and malformed.
  init?(_ stanza: AgeStanza) throws(KeyBundleError) {
    guard stanza.type == AgeFormat.x25519Type else { return nil }
    guard stanza.arguments.count == 2, let share = Base64.decode(stanza.arguments[1].utf8, padded: false),
      share.count == X25519.length
    else {
      throw KeyBundleError(.headerFailure, "an X25519 stanza must have one argument, the base64 of 32 bytes")
    }
    // The length is checked before decrypting: a longer body could be crafted to decrypt under many keys.
    guard stanza.body.count == AgeFormat.fileKeyLength + ChaCha20Poly1305.tagLength else {
      throw KeyBundleError(.headerFailure, "the body of an X25519 stanza must have 32 bytes")
    }
    self.share = share
    body = stanza.body
  }

  /// Wraps `fileKey` for `recipient`.
  ///
  /// - Parameters:
  ///   - fileKey: 16 bytes.
  ///   - recipient: The recipient that can unwrap it.
  ///   - ephemeral: A scalar used for this recipient and this file key only.
  /// - Returns: The stanza to write.
  /// - Throws: `invalidRecipient` if the recipient is a point of low order, `cryptography`.
  static func wrap(
    _ fileKey: SecretBytes, for recipient: AgeRecipient, ephemeral: SecretBytes
  ) throws(KeyBundleError) -> AgeStanza {
    let share = try X25519.publicKey(of: ephemeral)
    guard let shared = try X25519.sharedSecret(of: ephemeral, with: recipient.point) else {
      throw KeyBundleError(.invalidRecipient, "the recipient is a low-order point")
    }
    let wrapping = try wrappingKey(shared, share: share, recipient: recipient)
    var body = [UInt8](repeating: 0, count: fileKey.count + ChaCha20Poly1305.tagLength)
    let sealed = body.withUnsafeMutableBufferPointer { output in
      fileKey.withBytes { wrapping.seal(nonce: zeroNonce, $0, into: output) }
    }
    guard sealed else { throw .openSSL("ChaCha20-Poly1305 failed") }
    let argument = String(decoding: Base64.encode(share, padded: false), as: UTF8.self)
    return AgeStanza(arguments: [AgeFormat.x25519Type, argument], body: body)
  }

  /// Returns the file key, or nil if the stanza is for another recipient.
  ///
  /// - Throws: `headerFailure` if the share is a point of low order, `cryptography`.
  func unwrap(with identity: AgeIdentity) throws(KeyBundleError) -> SecretBytes? {
    guard let shared = try X25519.sharedSecret(of: identity.scalar, with: share) else {
      throw KeyBundleError(.headerFailure, "the share of an X25519 stanza is a low-order point")
    }
    let wrapping = try Self.wrappingKey(shared, share: share, recipient: identity.recipient)
    var opened = false
    let fileKey = try SecretBytes(count: AgeFormat.fileKeyLength) { output in
      opened = body.withUnsafeBufferPointer { wrapping.open(nonce: Self.zeroNonce, $0, into: output) }
    }
    return opened ? fileKey : nil
  }

  private static func wrappingKey(
    _ shared: SecretBytes, share: [UInt8], recipient: AgeRecipient
  ) throws(KeyBundleError) -> ChaCha20Poly1305 {
    let key = try HKDFSHA256.derive(from: shared, salt: share + recipient.point, info: AgeFormat.x25519Label)
    return try ChaCha20Poly1305(key: key)
  }

  /// A zero nonce, which is safe because every wrapping key is used once.
  private static let zeroNonce = [UInt8](repeating: 0, count: ChaCha20Poly1305.nonceLength)
}
