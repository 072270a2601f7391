/// A WireGuard key that may use the relay.
package struct AllowedKey: Sendable, Hashable {
  /// Name of the key in the repository; for a key given on the command line, the first characters of its fingerprint.
  package let name: String
  /// Alias of the key, if it has one.
  package let alias: String?
  /// Fingerprint of the public key, which may be shown to anyone.
  package let fingerprint: String
  /// The public key, 32 bytes.
  package let publicKey: [UInt8]
  /// Group of the key: an organization, or a named network inside it. Keys reach only keys of the same group.
  package let group: String
  /// Class of the key in its group's access matrix; nil if the group has none.
  package let accessClass: Int?

  /// Creates a key; `publicKey` has 32 bytes.
  package init(
    name: String, alias: String? = nil, fingerprint: String, publicKey: [UInt8], group: String, accessClass: Int? = nil
  ) {
    self.name = name
    self.alias = alias
    self.fingerprint = fingerprint
    self.publicKey = publicKey
    self.group = group
    self.accessClass = accessClass
  }
}
