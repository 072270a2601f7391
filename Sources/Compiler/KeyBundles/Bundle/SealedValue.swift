import TextFormats

/// Values that are stored encrypted in a repository and valid in one place only.
///
/// Not the value alone is encrypted but canonical JSON `{org, kind, name, field, value}`. A sealed text that was copied
/// to another place is therefore refused, although its new owner cannot read it either.
package enum SealedValue {
  /// Encrypts `value` for use at `binding`.
  ///
  /// - Parameters:
  ///   - value: The text to seal.
  ///   - binding: The only place where it may be used.
  ///   - recipients: The recipients that can open it.
  ///   - randomness: Source of the file's own secrets.
  /// - Returns: Armored text with a final line break.
  /// - Throws: `invalidRecipient` if there are no recipients, `cryptography`.
  package static func seal(
    _ value: String, for binding: SealedBinding, to recipients: [AgeRecipient], randomness: Randomness = .system
  ) throws(KeyBundleError) -> String {
    var plaintext = plaintext(value, binding)
    defer { cleanse(&plaintext) }
    return AgeArmor.encode(try Age.encrypt(plaintext, to: recipients, randomness: randomness))
  }

  /// Decrypts the sealed value found at `binding`.
  ///
  /// - Parameters:
  ///   - armored: The sealed text.
  ///   - identities: Identities to try, in order.
  ///   - binding: The place where the text was found.
  /// - Returns: The value.
  /// - Throws: The errors of `Age.decrypt`; `armorFailure`; `invalidContent` if the plaintext is not a sealed value;
  ///   `wrongBinding`, whose reason names both places, if it was sealed for another.
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
    // Compared byte by byte: String's own equality ignores differences in Unicode normalization.
    guard self.plaintext("", found) == self.plaintext("", binding) else {
      throw KeyBundleError(
        .wrongBinding, "the value is at \(binding) but was sealed for \(found); seal it again with `wpex seal`")
    }
    return value
  }

  /// Returns why `armored` cannot be a sealed value, as far as that shows without an identity; nil if nothing does.
  ///
  /// Checks the armor, the header, the length of the payload, and that there is an X25519 recipient. Only the recipient
  /// can find out whether it is among them and what is inside.
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
    KeyBundleError(
      .invalidContent,
      "the decrypted content was not created by `wpex seal`; seal the value again with it")
  }

  private static func plaintext(_ value: String, _ binding: SealedBinding) -> [UInt8] {
    let json: JSON = [
      "org": .string(binding.org), "kind": .string(binding.kind), "name": .string(binding.name),
      "field": .string(binding.field), "value": .string(value),
    ]
    return json.canonicalBytes
  }
}
