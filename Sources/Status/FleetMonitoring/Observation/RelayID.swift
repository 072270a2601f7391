/// A relay's name in all of the platform: `org/name`.
package struct RelayID: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let org: String
  package let name: String

  package init(org: String, name: String) {
    self.org = org
    self.name = name
  }

  package static func < (left: RelayID, right: RelayID) -> Bool {
    (left.org, left.name) < (right.org, right.name)
  }

  package var description: String { "\(org)/\(name)" }
}
