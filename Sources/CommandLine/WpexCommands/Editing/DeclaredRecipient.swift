import KeyBundles

/// An age recipient declared in the repository, to which values are sealed.
struct DeclaredRecipient {
  private let recipient: AgeRecipient

  /// - Parameters:
  ///   - owner: the recipient's owner, as error messages name it.
  ///   - demonstration: whether a published demonstration identity is acceptable; nil if the command does not offer that.
  /// - Throws: `CommandError` if the text is not a recipient, or if it is that of a published identity.
  init(_ text: String, of owner: String, demonstration: Bool? = nil) throws {
    do {
      recipient = try AgeRecipient(text)
    } catch {
      throw CommandError(.refused, "the recipient of \(owner): \(error.reason)")
    }
    guard demonstration == true || !DemonstrationIdentities.contains(recipient) else {
      throw CommandError(
        .refused,
        "the recipient of \(owner) is a published demonstration identity, which protects nothing: "
          + "make one of your own with `wpex identity new`"
          + (demonstration == nil ? "" : ", or pass --demonstration if everybody may read what is sealed"))
    }
  }

  /// Seals a value to the recipient, bound to its document and field.
  ///
  /// - Throws: `CommandError` if OpenSSL fails.
  func seal(_ value: String, for binding: SealedBinding) throws -> String {
    do {
      return try SealedValue.seal(value, for: binding, to: [recipient])
    } catch {
      throw CommandError(.refused, error.reason)
    }
  }
}
