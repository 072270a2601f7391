import KeyBundles

/// A recipient that the repository declares, to seal values to.
struct DeclaredRecipient {
  private let recipient: AgeRecipient

  /// - Parameters:
  ///   - owner: whose it is, as a message names it.
  ///   - demonstration: whether a published identity will do.
  /// - Throws: `CommandError` where the text is not a recipient, or one that protects nothing.
  init(_ text: String, of owner: String, demonstration: Bool = false) throws {
    do {
      recipient = try AgeRecipient(text)
    } catch {
      throw CommandError(.refused, "the recipient of \(owner): \(error.reason)")
    }
    guard demonstration || !DemonstrationIdentities.contains(recipient) else {
      throw CommandError(
        .refused,
        "the recipient of \(owner) is a published demonstration identity, which protects nothing: "
          + "make one of your own with `wpex identity new`")
    }
  }

  /// - Throws: `CommandError` where OpenSSL fails.
  func seal(_ value: String, for binding: SealedBinding) throws -> String {
    do {
      return try SealedValue.seal(value, for: binding, to: [recipient])
    } catch {
      throw CommandError(.refused, error.reason)
    }
  }
}
