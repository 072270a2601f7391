/// An error of encryption, decryption, sealing or parsing: a code for programs and a reason for people.
///
/// The reason says what is wrong and what to do next. It never contains key material or a decrypted value.
package struct KeyBundleError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Kind of failure. The first five have the names that the age test vectors (C2SP CCTV) give them.
  package enum Code: String, Sendable, CaseIterable {
    /// The header is not age v1, or one of its stanzas is malformed.
    case headerFailure = "header failure"
    /// The header was altered after the file was encrypted.
    case macFailure = "HMAC failure"
    /// No identity matches a recipient.
    case noMatch = "no match"
    /// The payload was altered, cut or extended.
    case payloadFailure = "payload failure"
    /// The text around the file is not strict age armor.
    case armorFailure = "armor failure"
    /// A recipient is not an X25519 recipient (`age1…`), or there are no recipients.
    case invalidRecipient = "invalid recipient"
    /// An identity is not an X25519 identity (`AGE-SECRET-KEY-1…`), or there are no identities.
    case invalidIdentity = "invalid identity"
    /// The render secret is too short.
    case invalidRenderSecret = "invalid render secret"
    /// A WireGuard key is not the base64 of 32 bytes.
    case invalidKey = "invalid key"
    /// Decryption succeeded, but the plaintext is not a key bundle or a sealed value.
    case invalidContent = "invalid content"
    /// A sealed value was found in a place that it was not sealed for.
    case wrongBinding = "wrong binding"
    /// OpenSSL refused an operation that should not fail: it is out of memory, or this build lacks the algorithm.
    case cryptography = "cryptography failure"
  }

  /// Kind of failure.
  package let code: Code
  /// Explanation for people.
  package let reason: String

  package init(_ code: Code, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  package var description: String { "\(code.rawValue): \(reason)" }

  /// Returns whether the codes are equal; reasons are for people and do not count.
  package static func == (left: KeyBundleError, right: KeyBundleError) -> Bool { left.code == right.code }
}
