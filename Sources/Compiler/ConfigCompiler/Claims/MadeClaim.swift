import ConfigModel

/// A claim, and the document that makes it.
struct MadeClaim: Sendable {
  /// The document.
  let claimant: DocumentID
  /// The field that makes the claim.
  let place: Place
  /// Whether the claimant is an active user; always true for other kinds of documents.
  let isActive: Bool
}
