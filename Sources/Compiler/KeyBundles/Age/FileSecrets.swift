/// Secrets of one new age file.
struct FileSecrets {
  /// Key of the payload, 16 bytes.
  let fileKey: SecretBytes
  /// Nonce of the payload, 16 bytes; published in the file.
  let payloadNonce: [UInt8]
  /// An ephemeral scalar of 32 bytes for each recipient, in the recipients' order.
  let ephemeralScalars: [SecretBytes]
}
