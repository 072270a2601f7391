/// The keys of one relay, as they travel to it: encrypted to the organization and the platform.
package struct KeyBundle: Sendable, Equatable {
  /// Version of the payload's layout without access rules.
  static let version = 1
  /// Version of the payload's layout with access rules. Relays that do not know it refuse the bundle, so that rules are never
  /// ignored.
  static let versionWithAccess = 2

  /// Name of the organization.
  package let org: String

  /// Name of the relay.
  package let relay: String

  /// The keys, sorted by the UTF-8 bytes of their unique names.
  package let keys: [Key]

  /// Who may speak with whom; nil if everybody may speak with everybody.
  package let access: Access?

  /// Access rules over classes of keys.
  package struct Access: Sendable, Equatable {
    /// Number of rules.
    package let rules: Int
    /// For each class, 2 bits for each rule, from the lowest bit of the first byte: on its first side, on its second. Keys
    /// of two classes may speak with each other if they are on both sides of a rule.
    package let classes: [[UInt8]]

    /// Makes rules; each class has `(rules + 3) / 4` bytes.
    package init(rules: Int, classes: [[UInt8]]) {
      self.rules = rules
      self.classes = classes
    }
  }

  /// One key of a bundle.
  package struct Key: Sendable, Equatable {
    /// Name of the key's document.
    package let name: String
    /// Display name.
    package let alias: String?
    /// The key itself.
    package let material: Material
    /// Class of the key in the access rules; nil if the bundle has none.
    package let accessClass: Int?
    /// Fingerprint of `material`.
    package let fingerprint: KeyFingerprint

    /// Makes the key and computes its fingerprint.
    ///
    /// - Throws: `cryptography`.
    package init(
      name: String, alias: String? = nil, accessClass: Int? = nil, _ material: Material
    ) throws(KeyBundleError) {
      self.name = name
      self.accessClass = accessClass
      self.alias = alias
      self.material = material
      fingerprint =
        switch material {
        case .publicKey(let key): try KeyFingerprint(of: key)
        case .sealed(let armored): try KeyFingerprint(ofSealed: armored)
        }
    }
  }

  /// The form in which a key is known.
  package enum Material: Sendable, Equatable {
    /// A key in the clear.
    case publicKey(WireGuardKey)
    /// The armored text of a sealed value, as its organization wrote it.
    case sealed(String)
  }

  /// Makes a bundle.
  ///
  /// - Parameters:
  ///   - org: Name of the organization.
  ///   - relay: Name of the relay.
  ///   - keys: Keys in any order.
  ///   - access: Who may speak with whom; nil for everybody with everybody.
  /// - Throws: `invalidContent` if two keys have the same name, or a class does not exist.
  package init(org: String, relay: String, keys: [Key], access: Access? = nil) throws(KeyBundleError) {
    let sorted = keys.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    if let twin = zip(sorted, sorted.dropFirst()).first(where: { $0.name == $1.name }) {
      throw KeyBundleError(.invalidContent, "two keys of the bundle are named \(quoted(twin.0.name)); rename one")
    }
    let classes = access.map { 0..<$0.classes.count }
    guard
      keys.allSatisfy({ key in
        classes.map { range in key.accessClass.map(range.contains) ?? false } ?? (key.accessClass == nil)
      })
    else { throw KeyBundleError(.invalidContent, "a key of the bundle has an access class that does not exist") }
    self.org = org
    self.relay = relay
    self.keys = sorted
    self.access = access
  }

  /// Returns the bundle as a binary age file.
  ///
  /// - Throws: `invalidRecipient` if there are no recipients, `cryptography`.
  package func encrypted(
    to recipients: [AgeRecipient], randomness: Randomness
  ) throws(KeyBundleError) -> [UInt8] {
    try Age.encrypt(payload, to: recipients, randomness: randomness)
  }

  /// Returns the bundle as a binary age file.
  ///
  /// The file is reproducible if there is a render secret; otherwise it uses the system's randomness.
  ///
  /// - Throws: The same errors as `encrypted(to:randomness:)`.
  package func encrypted(
    to recipients: [AgeRecipient], renderSecret: RenderSecret?
  ) throws(KeyBundleError) -> [UInt8] {
    let context = SyntheticContext(org: org, relay: relay)
    return try encrypted(to: recipients, randomness: renderSecret.map { .synthetic($0, context) } ?? .system)
  }

  /// Decrypts and parses a bundle, binary or armored.
  ///
  /// - Throws: The errors of `Age.decrypt`, `armorFailure`, and `invalidContent` if the plaintext is not a bundle.
  package init(decrypting file: [UInt8], with identities: [AgeIdentity]) throws(KeyBundleError) {
    let binary = AgeArmor.isArmored(file) ? try AgeArmor.decode(file) : file
    try self.init(payload: Age.decrypt(binary, with: identities))
  }

  /// Returns a digest of the content and its recipients, 64 hexadecimal digits.
  ///
  /// Unlike the encrypted file, it does not depend on the randomness, so nothing is written if nothing changed.
  ///
  /// - Throws: `cryptography`.
  package func digest(for recipients: [AgeRecipient]) throws(KeyBundleError) -> String {
    let recipients = AgeRecipient.normalized(recipients).map(\.point)
    return try SHA256Digest.hex(
      of: Framing.bytes(label: "wpex key bundle digest v1", fields: [payload] + recipients))
  }
}
