import Diagnostics
package import ConfigModel

/// A sealed value and its document.
package struct StandingSeal: Sendable {
  /// The value as a claim.
  let claim: Claim
  /// The document that contains it.
  package let document: DocumentID
  /// Path of the file that contains it.
  package let path: String
}
