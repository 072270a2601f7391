/// The kinds of documents in a configuration repository.
package enum Kind: String, DocumentedEnumeration, Comparable {
  case platform = "Platform"
  case role = "Role"
  case organization = "Organization"
  case user = "User"
  case key = "Key"
  case relay = "Relay"

  package var summary: String { self == .platform ? "the Platform" : "every \(rawValue)" }

  package static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }
}
