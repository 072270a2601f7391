/// A WireGuard key that may use the relay.
package struct AllowedKey: Sendable, Hashable {
  /// Its name in the repository; for a key of the command line, its first characters.
  package let name: String
  package let alias: String?
  /// A short name that may be shown to anyone.
  package let fingerprint: String
  /// 32 bytes.
  package let publicKey: [UInt8]
  /// Keys of one group reach each other, and no other: an organization, or a named network inside it.
  package let group: String

  package init(name: String, alias: String? = nil, fingerprint: String, publicKey: [UInt8], group: String) {
    self.name = name
    self.alias = alias
    self.fingerprint = fingerprint
    self.publicKey = publicKey
    self.group = group
  }
}
