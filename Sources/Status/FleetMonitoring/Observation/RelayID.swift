/// Platform-wide name of a relay: `org/name`.
package struct RelayID: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Name of the organization.
  package let org: String
  /// Name of the relay within the organization.
  package let name: String

  /// Creates a name.
  package init(org: String, name: String) {
    self.org = org
    self.name = name
  }

  package static func < (left: RelayID, right: RelayID) -> Bool {
    (left.org, left.name) < (right.org, right.name)
  }

  package var description: String { "\(org)/\(name)" }
}
