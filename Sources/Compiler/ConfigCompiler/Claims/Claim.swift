package import ConfigModel

/// Something that only one document may have.
package enum Claim: Sendable, Hashable {
  /// An account on GitHub, in lower case: forges treat `Anna` and `anna` as the same account.
  case github(String)
  /// An account on GitLab, in lower case.
  case gitlab(String)
  /// An e-mail address of commits, in lower case.
  case email(String)
  /// A subject at an OpenID Connect issuer.
  case oidc(OIDCIdentity)
  /// The decoded bytes of an SSH public key, because its base64 has more than one form.
  case sshKey([UInt8])
  /// The SHA-256 of an API token, in lowercase hexadecimal.
  case token(String)
  /// A peer's public key.
  case publicKey(WireGuardPublicKey)
  /// A sealed text without its white space. It is bound to one document and opens in no other.
  case sealed([UInt8])
  /// A UDP port of a region.
  case port(region: String, port: Int)
  /// A DNS name of a relay's own.
  case dnsName(String)

  /// Whether the claim identifies a user. The order of two claimants then never decides between them.
  package var isCredential: Bool {
    switch self {
    case .github, .gitlab, .email, .oidc, .sshKey, .token: true
    case .publicKey, .sealed, .port, .dnsName: false
    }
  }
}

extension UserSpec {
  /// The user's claims, with the fields that make them. A pending user makes none.
  package var claims: [(claim: Claim, path: FieldPath)] {
    guard status != .pending else { return [] }
    var claims: [(claim: Claim, path: FieldPath)] = []
    if let github = identities.github {
      claims.append((.github(github.lowercased()), ["spec", "identities", "github"]))
    }
    if let gitlab = identities.gitlab {
      claims.append((.gitlab(gitlab.lowercased()), ["spec", "identities", "gitlab"]))
    }
    for (index, email) in identities.email.enumerated() {
      claims.append((.email(email.lowercased()), ["spec", "identities", "email", .index(index)]))
    }
    for (index, oidc) in identities.oidc.enumerated() {
      claims.append((.oidc(oidc), ["spec", "identities", "oidc", .index(index), "subject"]))
    }
    for (index, key) in identities.sshKeys.enumerated() {
      claims.append((Claim(sshKey: key), ["spec", "identities", "sshKeys", .index(index)]))
    }
    for (index, token) in access.tokens.enumerated() {
      claims.append((.token(token.sha256.lowercased()), ["spec", "access", "tokens", .index(index), "sha256"]))
    }
    return claims
  }
}

extension KeySpec {
  /// The key's claims, with the fields that make them.
  package var claims: [(claim: Claim, path: FieldPath)] {
    if let publicKey { return [(.publicKey(publicKey), ["spec", "publicKey"])] }
    guard let sealedKey else { return [] }
    return [(Claim(sealed: sealedKey), ["spec", "sealedKey"])]
  }
}

extension OrganizationSpec {
  /// The claims of the organization's own document, with the fields that make them.
  ///
  /// Its port range is not among them, because it can overlap another one in part; see `PortSlices`.
  package var claims: [(claim: Claim, path: FieldPath)] {
    guard status != .pending, let sealed = identity?.sealedIdentity else { return [] }
    return [(Claim(sealed: sealed), ["spec", "identity", "sealedIdentity"])]
  }
}

extension RelaySpec {
  /// The relay's claims, with the fields that make them.
  package var claims: [(claim: Claim, path: FieldPath)] {
    regions.flatMap { region in portFields.map { (.port(region: region, port: $0.port), $0.path) } }
      + [dns].compactMap(\.self).map { (.dnsName($0), ["spec", "dns"]) }
  }
}

extension Claim {
  /// Makes the claim of a sealed text.
  ///
  /// - Parameter sealed: An armored age file.
  package init(sealed: String) { self = .sealed(sealed.utf8.filter { $0 > 0x20 }) }

  /// Makes the claim of an SSH key.
  ///
  /// - Parameter sshKey: A line as in `authorized_keys`: type, base64, comment.
  package init(sshKey: String) {
    let words = sshKey.utf8.split(separator: UInt8(ascii: " "), maxSplits: 2)
    guard words.count >= 2 else {
      self = .sshKey(Array(sshKey.utf8))
      return
    }
    var bytes: [UInt8] = []
    var accumulator: UInt32 = 0
    var bits = 0
    for character in words[1] {
      guard let value = Self.base64Value(of: character) else { break }
      accumulator = (accumulator << 6 | value) & 0xFFFF
      bits += 6
      guard bits >= 8 else { continue }
      bits -= 8
      bytes.append(UInt8(truncatingIfNeeded: accumulator >> UInt32(bits)))
    }
    self = .sshKey(bytes)
  }

  private static func base64Value(of character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
