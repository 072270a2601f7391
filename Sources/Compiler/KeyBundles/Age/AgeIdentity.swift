/// An age X25519 identity: a secret, written `AGE-SECRET-KEY-1…`.
///
/// Printing, interpolating or dumping it shows only its recipient.
package struct AgeIdentity: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The secret scalar, 32 bytes.
  let scalar: SecretBytes

  /// The public half: this identity decrypts what is encrypted to it.
  package let recipient: AgeRecipient

  /// Makes the identity with a secret scalar of 32 bytes.
  ///
  /// - Throws: `cryptography` if OpenSSL lacks X25519.
  init(scalar: SecretBytes) throws(KeyBundleError) {
    self.scalar = scalar
    recipient = try AgeRecipient(point: X25519.publicKey(of: scalar))
  }

  /// Parses `AGE-SECRET-KEY-1…`.
  ///
  /// - Throws: `invalidIdentity` if `text` is not an X25519 identity. The reason never repeats the text.
  package init(_ text: String) throws(KeyBundleError) {
    try self.init(text: text.utf8)
  }

  /// Parses `AGE-SECRET-KEY-1…`.
  ///
  /// - Throws: `invalidIdentity` if `text` is not an X25519 identity. The reason never repeats the text.
  init(text: some Collection<UInt8>) throws(KeyBundleError) {
    switch Bech32.decode(text) {
    case .failure(let defect):
      throw KeyBundleError(.invalidIdentity, "this is not an age identity, because \(defect.reason); copy all of it")
    case .success(var decoded):
      defer { cleanse(&decoded.data) }
      guard decoded.prefix == AgeFormat.identityPrefix else {
        throw Self.refusal(ofPrefix: decoded.prefix)
      }
      guard decoded.data.count == X25519.length else {
        throw KeyBundleError(
          .invalidIdentity, "an X25519 identity has 32 bytes, this one has \(decoded.data.count); copy all of it")
      }
      try self.init(scalar: SecretBytes(copying: decoded.data))
    }
  }

  /// Generates an identity from the system's random source.
  ///
  /// - Throws: `cryptography` if the source fails.
  package static func generate() throws(KeyBundleError) -> AgeIdentity {
    try AgeIdentity(scalar: .random(count: X25519.length))
  }

  /// The identity as `age -i` accepts it.
  ///
  /// **This is the secret itself**, in a string that cannot be wiped. Write it only to a file that nobody but its owner
  /// can read.
  package var text: String {
    var data = scalar.copy()
    defer { cleanse(&data) }
    var text = Bech32.encode(prefix: AgeFormat.identityPrefix.lowercased(), data: data)
    defer { cleanse(&text) }
    return String(decoding: text, as: UTF8.self).uppercased()
  }

  package var description: String { "identity of \(recipient.text)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: ["recipient": recipient.text]) }

  /// Returns whether the recipients, and so the identities, are equal.
  package static func == (left: AgeIdentity, right: AgeIdentity) -> Bool { left.recipient == right.recipient }

  private static func refusal(ofPrefix prefix: String) -> KeyBundleError {
    let reason =
      switch prefix {
      case AgeFormat.identityPrefix.lowercased(): "an age identity must be in uppercase"
      case AgeFormat.recipientPrefix: "this is a recipient, not an identity; use the file that `age-keygen` wrote"
      default: "only X25519 identities (`AGE-SECRET-KEY-1…`) are supported, no plugins and no other kinds"
      }
    return KeyBundleError(.invalidIdentity, reason)
  }
}
