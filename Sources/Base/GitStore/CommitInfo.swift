/// Metadata of a commit.
package struct CommitInfo: Sendable, Equatable {
  /// The commit's id, 40 hexadecimal digits.
  package let id: String
  /// The author of the change.
  package let author: Signature
  /// The committer.
  package let committer: Signature
  /// The first line of the message.
  package let summary: String
  /// Ids of the parents as the commit object records them.
  package let parents: [String]

  /// A name, an address and a time in a commit.
  package struct Signature: Sendable, Equatable {
    /// The name.
    package let name: String
    /// The email address.
    package let email: String
    /// Seconds since 1970-01-01 UTC.
    package let time: Int64
  }
}
