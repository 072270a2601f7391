/// A peer's WireGuard public key, in the clear or sealed to its organization, and the site it stands for.
package struct KeySpec: ResourceSpec {
  package static let kind = Kind.key

  /// 44 characters of base64; exactly one of this and `sealedKey` is there.
  package var publicKey: WireGuardPublicKey?
  /// An armored age file bound to the key's organization and name.
  package var sealedKey: String?
  package var alias: String?
  package var status = KeyStatus.active
  /// The last day on which the key is valid.
  package var expires: CivilDate?
  package var site: Site?

  package init() {}

  /// Whether a relay may let the key in on `day`.
  package func isActive(on day: CivilDate) -> Bool {
    status == .active && expires.map { day <= $0 } ?? true
  }
}

package enum KeyStatus: String, DocumentedEnumeration {
  case active
  case revoked

  package var summary: String {
    switch self {
    case .active: "relays that name the key let it in"
    case .revoked: "no relay lets the key in; the document stays as a record"
    }
  }
}

/// Where a peer stands.
package struct Site: Sendable, Equatable {
  package var region: String?
  package var subnet: String?
  package var publicIP: String?
  package var location: String?

  package init() {}
}
