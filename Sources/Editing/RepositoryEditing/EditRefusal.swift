/// Why an edit was not made: what stands in its way, and what to do instead.
package struct EditRefusal: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// What shall be edited is not there.
    case notFound
    /// What shall be added is there already.
    case exists
    /// The value does not fit the field.
    case invalidValue
    /// The text cannot be changed without touching what must stay.
    case unsafeText
  }

  package let code: Code
  package let reason: String

  package init(_ code: Code, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  package var description: String { reason }

  package static func == (left: EditRefusal, right: EditRefusal) -> Bool { left.code == right.code }
}
