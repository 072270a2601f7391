/// The kinds of documents in a configuration repository.
package enum Kind: String, Sendable, CaseIterable, Comparable {
  case platform = "Platform"
  case role = "Role"
  case organization = "Organization"
  case user = "User"
  case key = "Key"
  case relay = "Relay"

  package static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }
}
