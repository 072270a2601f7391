/// The header of an age file: a stanza for each recipient, and a code that authenticates them.
///
/// Parsing needs no identity, and so proves only that the header is well formed.
package struct AgeHeader: Sendable {
  /// The stanzas in the order of the file; at least one.
  package let stanzas: [AgeStanza]

  /// The authentication code, 32 bytes.
  let mac: [UInt8]

  /// Length of the header in bytes, including its last line break: the offset of the payload.
  package let length: Int

  /// The stanzas for X25519 recipients, in the order of the file.
  let x25519Stanzas: [X25519Stanza]

  /// The bytes that the authentication code covers: everything up to and including the last line's three dashes.
  private let authenticated: [UInt8]

  /// Parses the header at the start of `file` strictly: it accepts only what a writer may produce.
  ///
  /// - Throws: `headerFailure`.
  package init(parsing file: [UInt8]) throws(KeyBundleError) {
    var parser = AgeHeaderParser(file)
    try parser.readVersion()
    var stanzas: [AgeStanza] = []
    while let stanza = try parser.readStanza() { stanzas.append(stanza) }
    authenticated = Array(file.prefix(parser.position + AgeFormat.footerPrefix.utf8.count))
    mac = try parser.readFooter()
    length = parser.position
    guard !stanzas.isEmpty else { throw KeyBundleError(.headerFailure, "the file has no recipients") }
    if stanzas.count > 1, stanzas.contains(where: { $0.type == AgeFormat.scryptType }) {
      throw KeyBundleError(.headerFailure, "a passphrase stanza must be the only stanza")
    }
    self.stanzas = stanzas
    var known: [X25519Stanza] = []
    for stanza in stanzas {
      if let stanza = try X25519Stanza(stanza) { known.append(stanza) }
    }
    x25519Stanzas = known
  }

  /// Returns the bytes of a header with these stanzas.
  ///
  /// - Throws: `cryptography`.
  static func bytes(stanzas: [AgeStanza], fileKey: SecretBytes) throws(KeyBundleError) -> [UInt8] {
    var bytes = Array((AgeFormat.versionLine + "\n").utf8)
    for stanza in stanzas { stanza.write(to: &bytes) }
    bytes += Array(AgeFormat.footerPrefix.utf8)
    let mac = try authenticationCode(of: bytes, fileKey: fileKey)
    bytes.append(UInt8(ascii: " "))
    bytes += Base64.encode(mac.copy(), padded: false)
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  /// Verifies that the header's author knew `fileKey`.
  ///
  /// - Throws: `macFailure`, `cryptography`.
  func authenticate(fileKey: SecretBytes) throws(KeyBundleError) {
    let expected = try Self.authenticationCode(of: authenticated, fileKey: fileKey)
    guard ConstantTime.isEqual(expected.copy(), mac) else {
      throw KeyBundleError(.macFailure, "the header was altered after the file was encrypted; fetch the file again")
    }
  }

  private static func authenticationCode(
    of bytes: [UInt8], fileKey: SecretBytes
  ) throws(KeyBundleError) -> SecretBytes {
    let key = try HKDFSHA256.derive(from: fileKey, info: AgeFormat.macLabel)
    return try HMACSHA256.code(of: bytes, key: key)
  }
}
