/// The identities of sample-repo. **Public, not secret.**
///
/// Anyone can derive them from this file and so read whatever is encrypted to them. Everything but demonstrations and
/// tests refuses them.
package enum DemonstrationIdentities {
  /// Names of the platform and of the organizations, in the order of sample-repo.
  package static let names = ["platform", "acme", "globex", "initech", "umbrella", "hooli"]

  /// Returns the identity with a given name, the same on every machine.
  ///
  /// - Throws: `invalidIdentity` if there is no such demonstration identity.
  package static func identity(named name: String) throws(KeyBundleError) -> AgeIdentity {
    guard names.contains(name) else {
      throw KeyBundleError(
        .invalidIdentity,
        "there is no demonstration identity \(quoted(name)); available: \(names.joined(separator: ", "))")
    }
    let label = SecretBytes(copying: "wpex demonstration identity v1".utf8)
    return try AgeIdentity(scalar: HKDFSHA256.derive(from: label, info: name, count: X25519.length))
  }

  /// Returns whether `recipient` belongs to a demonstration identity, so that anyone can decrypt for it.
  package static func contains(_ recipient: AgeRecipient) -> Bool { recipients.contains(recipient.text) }

  // Literals, so that the refusal depends on nothing that can fail. A test compares them with the derivation.
  private static let recipients: Set<String> = [
    "age1mjwdgep9anrumnhaq52cr237h8upqqeuuxtyvwf7cuttcnakvcyqauzn6v",
    "age1z2vz5k2xfuacm5f85s8p85z4u5nwsxr8m6yeur4ke5arq2c9tq0s4lwznc",
    "age1q6ruag77kqc67f4lt9hr8ghq549qtqwdw9d653nd04ay0fy8u3gqhc6arc",
    "age130z6zue2ps6xp02m63n8hme2ah33e8ghgqqgpzuyrtfupqg9ja9s8qzdv7",
    "age19mle9dk3l5dlzgtvpmg699dyun60kdq5qjhn9d85eeznhun3w3ys0tnqe0",
    "age1378xqav0dffxfj7qpe2lxzc4vm538wat6tsglfp2ua62wzka9azsy7qpd6",
  ]
}
