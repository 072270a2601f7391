import ConfigModel

/// Identifier of a user, global or of an organization.
package struct UserID: Sendable, Hashable, Comparable {
  /// Name of the organization whose folder declares the user; nil for global users.
  package let org: String?
  /// Name of the user's document.
  package let name: String

  package init(org: String?, name: String) {
    self.org = org
    self.name = name
  }

  package static func < (left: UserID, right: UserID) -> Bool {
    (left.org ?? "", left.name) < (right.org ?? "", right.name)
  }
}

extension UserID: CustomStringConvertible {
  /// The identifier as people write it: `anna`, or `acme/bert`.
  package var description: String { org.map { "\($0)/\(name)" } ?? name }
}
