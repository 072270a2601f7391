/// The header of an age file: who can decrypt it, and a code that keeps it as it was written.
///
/// Reading one needs no identity, and so proves only that it is well formed.
package struct AgeHeader: Sendable {
  /// The stanzas in the order of the file, at least one.
  package let stanzas: [AgeStanza]

  /// The authentication code, 32 bytes.
  let mac: [UInt8]

  /// The bytes of the header with its last line break: where the payload begins.
  package let length: Int

  /// The stanzas for X25519 recipients.
  let x25519Stanzas: [X25519Stanza]

  /// The bytes that the authentication code covers: everything up to and with the three dashes of the last line.
  private let authenticated: [UInt8]

  /// Reads the header at the start of `file`, strictly: nothing but what a writer must write is accepted.
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
    guard !stanzas.isEmpty else { throw KeyBundleError(.headerFailure, "the file is encrypted to nobody") }
    if stanzas.count > 1, stanzas.contains(where: { $0.type == AgeFormat.scryptType }) {
      throw KeyBundleError(.headerFailure, "a passphrase stanza is beside another one")
    }
    self.stanzas = stanzas
    var known: [X25519Stanza] = []
    for stanza in stanzas {
      if let stanza = try X25519Stanza(stanza) { known.append(stanza) }
    }
    x25519Stanzas = known
  }

  /// The bytes of a header with these stanzas.
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

  /// Checks that whoever wrote this header knew `fileKey`.
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
