/// A peer's WireGuard public key, in the clear or sealed to its organization, and the peer's site.
package struct KeySpec: ResourceSpec {
  package static let kind = Kind.key

  /// The public key in the clear; set if and only if `sealedKey` is nil.
  package var publicKey: WireGuardPublicKey?
  /// The public key as an armored age file, bound to the key's organization and name.
  package var sealedKey: String?
  /// Display name, 1 to 200 characters.
  package var alias: String?
  /// Whether the key is in use or revoked.
  package var status = KeyStatus.active
  /// The last day on which the key is valid; nil if it never expires.
  package var expires: CivilDate?
  /// The peer's location.
  package var site: Site?

  package init() {}

  /// Returns whether relays may admit the key on `day`: it is active and has not expired.
  package func isActive(on day: CivilDate) -> Bool {
    status == .active && expires.map { day <= $0 } ?? true
  }
}

/// Whether a key is in use.
package enum KeyStatus: String, DocumentedEnumeration {
  case active
  case revoked

  package var summary: String {
    switch self {
    case .active: "relays that list the key accept it"
    case .revoked: "no relay accepts the key; the document is kept as a record"
    }
  }
}

/// Whether the network behind a peer may overlap those behind other peers of its relays.
package enum SubnetOverlap: String, DocumentedEnumeration {
  case intended

  package var summary: String { "several peers lead to the same addresses on purpose, such as two routers of one site" }
}

/// Location of a peer.
package struct Site: Sendable, Equatable {
  /// Name of the nearest region.
  package var region: String?
  /// The network behind the peer, `ADDRESS/BITS`.
  package var subnet: String?
  /// Whether the network may overlap those behind other peers; nil if it must not.
  package var overlap: SubnetOverlap?
  /// The public address from which the peer's packets arrive.
  package var publicIP: String?
  /// The place in words, such as `Milano, IT`.
  package var location: String?

  package init() {}
}
