/// An error of this module: the reason and, if there is one, a remedy.
package struct GitStoreError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Categories of errors.
  package enum Code: String, Sendable {
    case notARepository
    /// The repository's format is not supported.
    case unsupported
    case unknownRevision
    case unreadable
    case corrupt
    /// The data is intact, but not in a form that Git writes, or it exceeds a limit.
    case malformed
    /// The existing state prevents a write.
    case conflict
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
  package static func == (left: GitStoreError, right: GitStoreError) -> Bool { left.code == right.code }
}
