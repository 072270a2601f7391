/// Key with which the processes of a relay of several regions encrypt what they send each other.
///
/// Daemons of different clusters derive it from the platform's identity, which all of them have, so none must give it to
/// another. Printing, interpolating or dumping it shows nothing of it.
package struct RegionalKey: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
  /// The key as in its file: 32 bytes in base64. **This is the secret itself.**
  package let text: String

  package var description: String { "regional key" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

extension AgeIdentity {
  /// Label of the derivation. Changing its version changes the keys of all relays.
  private static let label = "wpex regional cluster key v1"

  /// Returns the key of a relay.
  ///
  /// - Throws: `cryptography` if OpenSSL lacks HKDF.
  package func regionalKey(org: String, relay: String) throws(KeyBundleError) -> RegionalKey {
    let info = Framing.bytes(label: Self.label, fields: [Array(org.utf8), Array(relay.utf8)])
    let key = try HKDFSHA256.derive(from: scalar, info: info)
    return RegionalKey(text: key.withBytes { String(decoding: Base64.encode(Array($0), padded: true), as: UTF8.self) })
  }
}
