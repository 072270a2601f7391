/// Encryption and decryption of whole files in the age v1 format, for X25519 recipients, in memory.
///
/// The format is that of https://c2sp.org/age; the primitives are OpenSSL's.
package enum Age {
  /// Encrypts `plaintext` so that each of `recipients` can decrypt it.
  ///
  /// - Parameters:
  ///   - plaintext: Any number of bytes.
  ///   - recipients: Recipients in any order; duplicates are ignored, so the output depends on the set alone.
  ///   - randomness: Source of the file's own secrets.
  /// - Returns: A binary age file; `AgeArmor.encode` turns it into text.
  /// - Throws: `invalidRecipient` if there are no recipients, `cryptography`.
  package static func encrypt(
    _ plaintext: [UInt8], to recipients: [AgeRecipient], randomness: Randomness
  ) throws(KeyBundleError) -> [UInt8] {
    let recipients = AgeRecipient.normalized(recipients)
    guard !recipients.isEmpty else { throw KeyBundleError(.invalidRecipient, "there is no recipient to encrypt to") }
    let secrets = try randomness.draw(for: recipients, plaintext: plaintext)
    var stanzas: [AgeStanza] = []
    for (recipient, ephemeral) in zip(recipients, secrets.ephemeralScalars) {
      stanzas.append(try X25519Stanza.wrap(secrets.fileKey, for: recipient, ephemeral: ephemeral))
    }
    let head = try AgeHeader.bytes(stanzas: stanzas, fileKey: secrets.fileKey) + secrets.payloadNonce
    return try AgePayload.seal(plaintext, head: head, fileKey: secrets.fileKey, nonce: secrets.payloadNonce)
  }

  /// Decrypts a binary age file with the first identity that fits.
  ///
  /// - Parameters:
  ///   - file: The whole file.
  ///   - identities: Identities to try, in order.
  /// - Returns: The whole plaintext, authenticated; never a part of it.
  /// - Throws: `headerFailure`, `noMatch`, `macFailure`, `payloadFailure`, `cryptography`.
  package static func decrypt(
    _ file: [UInt8], with identities: [AgeIdentity]
  ) throws(KeyBundleError) -> [UInt8] {
    let header = try AgeHeader(parsing: file)
    let nonce = try self.payloadNonce(of: file, behind: header)
    guard let fileKey = try unwrappedFileKey(of: header, with: identities) else {
      throw KeyBundleError(
        .noMatch, "none of the \(identities.count) identities is a recipient; use the organization's or the platform's")
    }
    try header.authenticate(fileKey: fileKey)
    return try AgePayload.open(file, from: header.length + nonce.count, fileKey: fileKey, nonce: nonce)
  }

  /// Returns what is wrong with a binary age file, as far as that shows without an identity; nil if nothing does.
  static func defect(of file: [UInt8]) -> KeyBundleError? {
    do {
      let header = try AgeHeader(parsing: file)
      let nonce = try self.payloadNonce(of: file, behind: header)
      let defect = AgePayload.defect(ofLength: file.count - header.length - nonce.count)
      return defect.map { KeyBundleError(.payloadFailure, $0) }
    } catch {
      return error
    }
  }

  private static func payloadNonce(of file: [UInt8], behind header: AgeHeader) throws(KeyBundleError) -> [UInt8] {
    let nonce = file.dropFirst(header.length).prefix(AgeFormat.payloadNonceLength)
    // The test vectors count a missing nonce among the failures of the header.
    guard nonce.count == AgeFormat.payloadNonceLength else {
      throw KeyBundleError(.headerFailure, "the file ends before the nonce of its payload")
    }
    return Array(nonce)
  }

  private static func unwrappedFileKey(
    of header: AgeHeader, with identities: [AgeIdentity]
  ) throws(KeyBundleError) -> SecretBytes? {
    for stanza in header.x25519Stanzas {
      for identity in identities {
        if let fileKey = try stanza.unwrap(with: identity) { return fileKey }
      }
    }
    return nil
  }
}
