/// The constants of the age v1 format. Source: https://c2sp.org/age (C2SP `age.md`).
enum AgeFormat {
  /// The first line of every file, without its line break.
  static let versionLine = "age-encryption.org/v1"
  /// What begins the line of a stanza.
  static let stanzaPrefix = "-> "
  /// What begins the last line of the header; the code covers these three bytes and everything before them.
  static let footerPrefix = "---"
  /// Base64 characters in a full line of a stanza's body.
  static let bodyColumns = 64

  /// Bytes of the key that all stanzas of a file wrap.
  static let fileKeyLength = 16
  /// Bytes of the header's authentication code.
  static let macLength = 32
  /// HKDF label of the key of that code.
  static let macLabel = "header"

  /// The type of a stanza for an X25519 recipient.
  static let x25519Type = "X25519"
  /// HKDF label of the key that wraps the file key in such a stanza.
  static let x25519Label = "age-encryption.org/v1/X25519"
  /// The type of a stanza for a passphrase, which must be alone in its header.
  static let scryptType = "scrypt"

  /// Bytes between the header and the first chunk.
  static let payloadNonceLength = 16
  /// HKDF label of the key of the payload.
  static let payloadLabel = "payload"
  /// Plaintext bytes of every chunk but the last.
  static let chunkLength = 64 << 10

  /// Human-readable part of a recipient.
  static let recipientPrefix = "age"
  /// Human-readable part of an identity; the text of an identity is all uppercase.
  static let identityPrefix = "AGE-SECRET-KEY-"
}
