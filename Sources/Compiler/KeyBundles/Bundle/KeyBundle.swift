/// The keys of one relay, as they travel to it: encrypted for the org and the platform.
package struct KeyBundle: Sendable, Equatable {
  /// The version of the payload's layout that this code writes and reads.
  package static let version = 1

  /// The organization's name.
  package let org: String

  /// The relay's name.
  package let relay: String

  /// In the order of the UTF-8 bytes of their names, each name once.
  package let keys: [Key]

  /// One key of a bundle.
  package struct Key: Sendable, Equatable {
    package let name: String
    package let alias: String?
    package let material: Material
    package let fingerprint: KeyFingerprint

    /// - Throws: `cryptography`.
    package init(name: String, alias: String? = nil, _ material: Material) throws(KeyBundleError) {
      self.name = name
      self.alias = alias
      self.material = material
      fingerprint =
        switch material {
        case .publicKey(let key): try KeyFingerprint(of: key)
        case .sealed(let armored): try KeyFingerprint(ofSealed: armored)
        }
    }
  }

  /// What is known of a key.
  package enum Material: Sendable, Equatable {
    case publicKey(WireGuardKey)
    /// The armored text of a sealed value, as its tenant wrote it.
    case sealed(String)
  }

  /// - Parameters:
  ///   - org: The organization's name.
  ///   - relay: The relay's name.
  ///   - keys: In any order.
  /// - Throws: `invalidContent` where two keys have one name.
  package init(org: String, relay: String, keys: [Key]) throws(KeyBundleError) {
    let sorted = keys.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    if let twin = zip(sorted, sorted.dropFirst()).first(where: { $0.name == $1.name }) {
      throw KeyBundleError(.invalidContent, "two keys of the bundle are called \(quoted(twin.0.name)); rename one")
    }
    self.org = org
    self.relay = relay
    self.keys = sorted
  }

  /// Encrypts the bundle; the file is binary.
  ///
  /// - Throws: `invalidRecipient` where there is none, `cryptography`.
  package func encrypted(
    to recipients: [AgeRecipient], randomness: Randomness
  ) throws(KeyBundleError) -> [UInt8] {
    try Age.encrypt(payload, to: recipients, randomness: randomness)
  }

  /// Encrypts the bundle reproducibly where there is a render secret, and with the system's randomness where not.
  ///
  /// - Throws: As `encrypted(to:randomness:)`.
  package func encrypted(
    to recipients: [AgeRecipient], renderSecret: RenderSecret?
  ) throws(KeyBundleError) -> [UInt8] {
    let context = SyntheticContext(org: org, relay: relay)
    return try encrypted(to: recipients, randomness: renderSecret.map { .synthetic($0, context) } ?? .system)
  }

  /// Decrypts and reads a bundle, binary or armored.
  ///
  /// - Throws: What `Age.decrypt` throws, `armorFailure`, and `invalidContent` where the plaintext is not a bundle.
  package init(decrypting file: [UInt8], with identities: [AgeIdentity]) throws(KeyBundleError) {
    let binary = AgeArmor.isArmored(file) ? try AgeArmor.decode(file) : file
    try self.init(payload: Age.decrypt(binary, with: identities))
  }

  /// Names what is in the bundle and who can read it, in 64 hexadecimal digits. Unlike the file, it is the same whichever
  /// randomness encrypts it, so that nothing is written where nothing changed.
  ///
  /// - Throws: `cryptography`.
  package func digest(for recipients: [AgeRecipient]) throws(KeyBundleError) -> String {
    let recipients = AgeRecipient.normalized(recipients).map(\.point)
    return try SHA256Digest.hex(
      of: Framing.bytes(label: "wpex key bundle digest v1", fields: [payload] + recipients))
  }
}
