/// The reason why an edit was not made, with a remedy.
package struct EditError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Categories of refusals.
  package enum Code: String, Sendable {
    /// The item to edit does not exist.
    case notFound
    /// The item to add exists already.
    case exists
    /// The value is not valid for the field.
    case invalidValue
    /// The text cannot be changed without affecting other parts.
    case unsafeText
  }

  /// The category.
  package let code: Code
  /// A sentence for the user, with a remedy.
  package let reason: String

  package init(_ code: Code, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  package var description: String { reason }

  /// Compares the categories only.
  package static func == (left: EditError, right: EditError) -> Bool { left.code == right.code }
}
