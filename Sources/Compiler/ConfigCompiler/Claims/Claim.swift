package import ConfigModel

/// Something that only one may have.
package enum Claim: Sendable, Hashable {
  /// In lower case: forges take `Anna` and `anna` for one.
  case github(String)
  case gitlab(String)
  case email(String)
  case oidc(OIDCIdentity)
  /// The key's bytes: its base64 has more than one form.
  case sshKey([UInt8])
  /// The SHA-256 of an API token, in lower-case hexadecimal.
  case token(String)
  case publicKey(WireGuardPublicKey)
  /// A sealed text without its white space. What is sealed is bound to one document and opens in no other.
  case sealed([UInt8])
  /// A UDP port of a region.
  case port(region: String, port: Int)

  /// Whether it is how somebody is known: then two who claim it are never told apart by their order.
  package var isCredential: Bool {
    switch self {
    case .github, .gitlab, .email, .oidc, .sshKey, .token: true
    case .publicKey, .sealed, .port: false
    }
  }
}

extension UserSpec {
  /// What the user claims, with the fields that say so. A user who only asks claims nothing.
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
  /// What the key claims, with the fields that say so.
  package var claims: [(claim: Claim, path: FieldPath)] {
    if let publicKey { return [(.publicKey(publicKey), ["spec", "publicKey"])] }
    guard let sealedKey else { return [] }
    return [(Claim(sealed: sealedKey), ["spec", "sealedKey"])]
  }
}

extension OrganizationSpec {
  /// What the organization's own document claims, with the fields that say so. Its slice of the ports is not a single thing.
  package var claims: [(claim: Claim, path: FieldPath)] {
    guard status != .pending, let sealed = identity?.sealedIdentity else { return [] }
    return [(Claim(sealed: sealed), ["spec", "identity", "sealedIdentity"])]
  }
}

extension RelaySpec {
  /// What the relay claims, with the fields that say so.
  package var claims: [(claim: Claim, path: FieldPath)] {
    [(.port(region: region, port: port), ["spec", "port"])]
  }
}

extension Claim {
  /// - Parameter sealed: an armored age file.
  package init(sealed: String) { self = .sealed(sealed.utf8.filter { $0 > 0x20 }) }

  /// - Parameter sshKey: a line as in `authorized_keys`: type, base64, comment.
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
