import TextFormats

/// Values that stand encrypted in a repository and are good for one place only.
///
/// What is encrypted is not the value alone but canonical JSON `{org, kind, name, field, value}`, so that a sealed text
/// copied to another place is refused, although its new owner cannot read it either.
package enum SealedValue {
  /// Encrypts `value` for use at `binding`.
  ///
  /// - Returns: Armored text with a final line break.
  /// - Throws: `invalidRecipient` where there is none, `cryptography`.
  package static func seal(
    _ value: String, for binding: SealedBinding, to recipients: [AgeRecipient], randomness: Randomness = .system
  ) throws(KeyBundleError) -> String {
    var plaintext = plaintext(value, binding)
    defer { cleanse(&plaintext) }
    return AgeArmor.encode(try Age.encrypt(plaintext, to: recipients, randomness: randomness))
  }

  /// Decrypts a sealed value that stands at `binding`.
  ///
  /// - Throws: What `Age.decrypt` throws, `armorFailure`, `invalidContent` where the plaintext is not a sealed value, and
  ///   `wrongBinding` where it was sealed for another place, naming both.
  package static func open(
    _ armored: String, with identities: [AgeIdentity], expecting binding: SealedBinding
  ) throws(KeyBundleError) -> String {
    var plaintext = try Age.decrypt(AgeArmor.decode(armored), with: identities)
    defer { cleanse(&plaintext) }
    guard let json = try? JSON(parsing: plaintext), let org = json["org"]?.text, let kind = json["kind"]?.text,
      let name = json["name"]?.text, let field = json["field"]?.text, let value = json["value"]?.text
    else { throw notSealed }
    let found = SealedBinding(org: org, kind: kind, name: name, field: field)
    guard self.plaintext(value, found) == plaintext else { throw notSealed }
    // Compared byte by byte: String's own equality takes different encodings of one character for the same.
    guard self.plaintext("", found) == self.plaintext("", binding) else {
      throw KeyBundleError(
        .wrongBinding, "the value is at \(binding) but was sealed for \(found); seal it again with `wpex seal`")
    }
    return value
  }

  /// Why `armored` cannot be a sealed value, as far as that can be told without an identity, or nil.
  ///
  /// Checks armor, header and the length of the payload, and that there is an X25519 recipient. Whether the right
  /// recipient is among them, and what is inside, only its holder can tell.
  package static func malformation(of armored: String) -> String? {
    do throws(KeyBundleError) {
      let file = try AgeArmor.decode(armored)
      if let defect = Age.defect(of: file) { throw defect }
      guard try !AgeHeader(parsing: file).x25519Stanzas.isEmpty else {
        throw KeyBundleError(.invalidRecipient, "no X25519 recipient can decrypt it; seal it with `wpex seal`")
      }
      return nil
    } catch {
      return error.description
    }
  }

  private static var notSealed: KeyBundleError {
    KeyBundleError(.invalidContent, "what was decrypted was not made by `wpex seal`; seal the value again with it")
  }

  private static func plaintext(_ value: String, _ binding: SealedBinding) -> [UInt8] {
    let json: JSON = [
      "org": .string(binding.org), "kind": .string(binding.kind), "name": .string(binding.name),
      "field": .string(binding.field), "value": .string(value),
    ]
    return json.canonicalBytes
  }
}
