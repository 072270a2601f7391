package import ConfigModel
import FoundationEssentials
import TextFormats

/// What a token must be to be taken (RFC 7519, and RFC 8725's advice).
package struct TokenRules: Sendable, Equatable {
  package enum Use: Sendable, Equatable {
    /// Presented by a program with each request (RFC 6750, RFC 9068).
    case access
    /// Received at the end of a login; carries the nonce of its beginning.
    case login(nonce: String)
  }

  package var issuer: String
  package var audience: String
  package var use: Use
  /// Seconds by which clocks may differ.
  package var leeway: Int64 = 60
  /// Seconds of the longest life that is taken; what lives longer should be a declared token.
  package var longestLife: Int64 = 86_400

  package init(issuer: String, audience: String, use: Use) {
    self.issuer = issuer
    self.audience = audience
    self.use = use
  }
}

/// Verifies JSON Web Tokens against a key set.
package enum TokenVerification {
  /// Longer ones are refused unread.
  package static let largestToken = 16_384

  /// The names of the key and the issuer that a token claims, unverified: for choosing whose key set to look into.
  package static func claimedIssuer(_ token: String) -> String? {
    guard token.utf8.count <= largestToken, let parts = parts(token) else { return nil }
    return Base64URL.decode(parts[1]).flatMap { try? JSON(parsing: $0) }?["iss"]?.text
  }

  /// Whose token it is.
  ///
  /// - Throws: `TokenRefusal`.
  package static func verify(
    _ token: String, _ keys: KeySet, _ rules: TokenRules, now: Timestamp
  ) throws(TokenRefusal) -> Identity {
    guard token.utf8.count <= largestToken, let parts = parts(token), let payload = Base64URL.decode(parts[1]),
      let signature = Base64URL.decode(parts[2]),
      let header = Base64URL.decode(parts[0]).flatMap({ try? JSON(parsing: $0) }),
      case .object = header
    else { throw .malformed }
    let (name, algorithm) = try judge(header, rules)
    guard let key = keys.key(name) else { throw .unknownKey }
    guard key.algorithms.contains(algorithm) else { throw .algorithm }
    // RFC 7515, section 5.2: the text of both parts is signed, as it is.
    guard key.signatureKey.verifies(signature, of: Array("\(parts[0]).\(parts[1])".utf8), by: algorithm) else {
      throw .signature
    }
    guard let claims = try? JSONDecoder().decode(Claims.self, from: Data(payload)) else { throw .malformed }
    return try judge(claims, rules, now: now.unixSeconds)
  }

  private static func parts(_ token: String) -> [Substring]? {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 3 ? parts : nil
  }

  /// The names of the key and the algorithm. A header never says where keys come from.
  private static func judge(_ header: JSON, _ rules: TokenRules) throws(TokenRefusal) -> (
    key: String, algorithm: String
  ) {
    for name in ["jku", "x5u", "jwk", "x5c", "crit", "zip", "b64"] where header[name] != nil {
      throw .headerParameter(name)
    }
    guard let algorithm = header["alg"]?.text else { throw .algorithm }
    let types: [String?] =
      switch rules.use {
      case .access: ["at+jwt", "application/at+jwt", "jwt", nil]
      case .login: ["jwt", nil]
      }
    if let type = header["typ"] {
      guard let text = type.text?.lowercased(), types.contains(text) else { throw .type }
    }
    guard let name = header["kid"]?.text else { throw .unknownKey }
    return (name, algorithm)
  }

  private static func judge(_ claims: Claims, _ rules: TokenRules, now: Int64) throws(TokenRefusal) -> Identity {
    guard claims.iss == rules.issuer else { throw .issuer }
    guard claims.audiences.contains(rules.audience) else { throw .audience }
    if claims.audiences.count > 1, case .login = rules.use, claims.azp != rules.audience { throw .audience }
    guard let expires = claims.exp, let issued = claims.iat ?? claims.nbf, expires.isFinite, issued.isFinite else {
      throw .lifetime
    }
    let moment = Double(now)
    let leeway = Double(rules.leeway)
    guard expires + leeway > moment else { throw .expired }
    guard issued - leeway <= moment, (claims.nbf ?? issued) - leeway <= moment else { throw .notYetValid }
    guard expires - issued <= Double(rules.longestLife) else { throw .lifetime }
    if case .login(let nonce) = rules.use, claims.nonce != nonce { throw .nonce }
    guard let subject = claims.sub, !subject.isEmpty, subject.utf8.count <= 255 else { throw .subject }
    return Identity(issuer: rules.issuer, subject: subject)
  }
}

/// The claims that decide. Everything else in a token, names and addresses and groups, is never looked at: roles come
/// from Git.
struct Claims: Decodable {
  let iss: String?
  let sub: String?
  let aud: Audience?
  let azp: String?
  let exp: Double?
  let nbf: Double?
  let iat: Double?
  let nonce: String?

  var audiences: [String] { aud?.values ?? [] }

  struct Audience: Decodable, Sendable {
    let values: [String]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let one = try? container.decode(String.self) {
        values = [one]
      } else {
        values = try container.decode([String].self)
      }
    }
  }
}
