/// Why something could not be encrypted, decrypted, sealed, opened or read: a code to act on and a reason to show.
///
/// The reason says what is wrong and what to do next. It never holds key material or a decrypted value.
package struct KeyBundleError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of failure. The first five carry the names that the age test vectors (C2SP CCTV) give them.
  package enum Code: String, Sendable, CaseIterable {
    /// The header is not age v1, or one of its stanzas is malformed.
    case headerFailure = "header failure"
    /// The header was altered after the file was encrypted.
    case macFailure = "HMAC failure"
    /// None of the identities is among the recipients.
    case noMatch = "no match"
    /// The payload was altered, cut or extended.
    case payloadFailure = "payload failure"
    /// The text around the file is not strict age armor.
    case armorFailure = "armor failure"
    /// A recipient is not an X25519 recipient (`age1…`), or there is none.
    case invalidRecipient = "invalid recipient"
    /// An identity is not an X25519 identity (`AGE-SECRET-KEY-1…`), or there is none.
    case invalidIdentity = "invalid identity"
    /// The render secret is too short.
    case invalidRenderSecret = "invalid render secret"
    /// A WireGuard key is not base64 of 32 bytes.
    case invalidKey = "invalid key"
    /// The bytes decrypted well, but what they hold is not a key bundle or a sealed value.
    case invalidContent = "invalid content"
    /// A sealed value belongs to another place.
    case wrongBinding = "wrong binding"
    /// OpenSSL refused an operation that has no reason to fail: no memory, or no such algorithm in this build.
    case cryptography = "cryptography failure"
  }

  package let code: Code
  package let reason: String

  package init(_ code: Code, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  package var description: String { "\(code.rawValue): \(reason)" }

  /// Two errors are the same where their codes are: reasons are for people.
  package static func == (left: KeyBundleError, right: KeyBundleError) -> Bool { left.code == right.code }
}
