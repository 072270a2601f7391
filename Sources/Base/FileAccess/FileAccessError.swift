/// Failure to read or write a file.
package struct FileAccessError: Error, Sendable, CustomStringConvertible {
  /// Kind of failure.
  package enum Kind: Sendable {
    /// More input than is accepted.
    case tooLarge
    /// The system refused to read or write.
    case failed
  }

  /// Kind of failure.
  package let kind: Kind
  /// A sentence for the user, with the file's name as the user wrote it.
  package let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
