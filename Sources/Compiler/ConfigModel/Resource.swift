/// The kinds of documents that a config repository holds.
package enum Kind: String, Sendable, CaseIterable, Comparable {
  case platform = "Platform"
  case role = "Role"
  case organization = "Organization"
  case user = "User"
  case key = "Key"
  case relay = "Relay"

  package static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }
}

/// The version of the configuration language that this program speaks.
package let languageVersion = "wpex.io/v1alpha1"

/// What every document carries besides its spec.
package struct Metadata: Sendable, Equatable {
  /// An RFC 1123 label of at most 40 characters.
  package var name = ""
  /// The organization's name where the document states it; its folder decides in any case.
  package var org: String?
  package var labels: [String: String] = [:]
  package var annotations: [String: String] = [:]

  package init() {}
}

/// One declared thing: what it is called and what it shall be.
package struct Resource<Spec: ResourceSpec>: Sendable, Equatable {
  package var metadata: Metadata
  package var spec: Spec

  package init(metadata: Metadata, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }

  package var name: String { metadata.name }
}

/// The spec of one kind.
package protocol ResourceSpec: Sendable, Equatable {
  static var kind: Kind { get }
  init()
  /// Whether the document only asks for what it says.
  var isPending: Bool { get }
}

extension ResourceSpec {
  package var isPending: Bool { false }
}

/// An enumeration whose cases are written in YAML by their raw value and explained to the reader.
package protocol DocumentedEnumeration: RawRepresentable<String>, CaseIterable, Sendable, Equatable {
  /// What the case means, as a short phrase.
  var summary: String { get }
}
