/// The constants of the age v1 format. Source: https://c2sp.org/age (C2SP `age.md`).
enum AgeFormat {
  /// First line of every file, without its line break.
  static let versionLine = "age-encryption.org/v1"
  /// Beginning of a stanza's first line.
  static let stanzaPrefix = "-> "
  /// Beginning of the header's last line. The authentication code covers these three bytes and everything before them.
  static let footerPrefix = "---"
  /// Base64 characters in a full line of a stanza's body.
  static let bodyColumns = 64

  /// Length of the file key, in bytes. All stanzas of a file wrap the same key.
  static let fileKeyLength = 16
  /// Length of the header's authentication code, in bytes.
  static let macLength = 32
  /// HKDF label of the key for the header's authentication code.
  static let macLabel = "header"

  /// Type of a stanza for an X25519 recipient.
  static let x25519Type = "X25519"
  /// HKDF label of the key that wraps the file key in an X25519 stanza.
  static let x25519Label = "age-encryption.org/v1/X25519"
  /// Type of a stanza for a passphrase, which must be the only one in its header.
  static let scryptType = "scrypt"

  /// Length of the nonce between the header and the first chunk, in bytes.
  static let payloadNonceLength = 16
  /// HKDF label of the key for the payload.
  static let payloadLabel = "payload"
  /// Length of every plaintext chunk but the last, in bytes.
  static let chunkLength = 64 << 10

  /// Human-readable part of a recipient.
  static let recipientPrefix = "age"
  /// Human-readable part of an identity. The text of an identity is all uppercase.
  static let identityPrefix = "AGE-SECRET-KEY-"
}
