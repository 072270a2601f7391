package import ConfigModel
import FoundationEssentials
import KeyBundles
import TextFormats

/// Requirements that a token must meet (RFC 7519, RFC 8725).
package struct TokenRules: Sendable, Equatable {
  /// Purpose of a token.
  package enum Use: Sendable, Equatable {
    /// Presented by a program with each request (RFC 6750, RFC 9068).
    case access
    /// Received at the end of a login, with the nonce sent at its beginning.
    case login(nonce: String)
  }

  /// Required issuer (`iss`).
  package var issuer: String
  /// Required audience (`aud`).
  package var audience: String
  /// Purpose of the token.
  package var use: Use
  /// Tolerated clock difference, in seconds.
  package var leeway: Int64 = 60
  /// Longest lifetime accepted, in seconds. Programs that need longer-lived tokens should use declared tokens.
  package var maxLifetime: Int64 = 86_400

  /// Creates rules.
  package init(issuer: String, audience: String, use: Use) {
    self.issuer = issuer
    self.audience = audience
    self.use = use
  }
}

/// Verification of JSON Web Tokens against a key set.
package enum TokenVerification {
  /// Length of the longest token accepted, in bytes.
  package static let maxTokenLength = 16_384

  /// Returns the issuer that a token claims, unverified, in order to choose the key set.
  package static func claimedIssuer(_ token: String) -> String? {
    guard token.utf8.count <= maxTokenLength, let parts = parts(token) else { return nil }
    return Base64URL.decode(parts[1]).flatMap { try? JSON(parsing: $0) }?["iss"]?.text
  }

  /// Verifies a token and returns the identity of its subject.
  ///
  /// - Parameters:
  ///   - token: the token in compact form.
  ///   - keys: keys of the issuer.
  ///   - rules: requirements of the token.
  ///   - now: current time.
  /// - Throws: `TokenRefusal`.
  package static func verify(
    _ token: String, _ keys: KeySet, _ rules: TokenRules, now: Timestamp
  ) throws(TokenRefusal) -> Identity {
    guard token.utf8.count <= maxTokenLength, let parts = parts(token), let payload = Base64URL.decode(parts[1]),
      let signature = Base64URL.decode(parts[2]),
      let header = Base64URL.decode(parts[0]).flatMap({ try? JSON(parsing: $0) }),
      case .object = header
    else { throw .malformed }
    let (name, algorithm) = try judge(header, rules)
    guard let key = keys.key(name) else { throw .unknownKey }
    guard key.algorithms.contains(algorithm) else { throw .algorithm }
    // RFC 7515, section 5.2: the signature covers the encoded text of both parts.
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

  /// Checks the header and returns the key id and the algorithm. A header must never determine where keys come from.
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

  /// Checks the claims and returns the identity.
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
    guard expires - issued <= Double(rules.maxLifetime) else { throw .lifetime }
    if case .login(let nonce) = rules.use, claims.nonce != nonce { throw .nonce }
    guard let subject = claims.sub, !subject.isEmpty, subject.utf8.count <= 255 else { throw .subject }
    return Identity(issuer: rules.issuer, subject: subject)
  }
}

/// Claims that are checked. All others, such as names, addresses and groups, are ignored: roles come from Git.
struct Claims: Decodable {
  let iss: String?
  let sub: String?
  let aud: Audience?
  let azp: String?
  let exp: Double?
  let nbf: Double?
  let iat: Double?
  let nonce: String?

  /// Audiences, whether given as one text or as a list.
  var audiences: [String] { aud?.values ?? [] }

  /// One audience or a list of them (RFC 7519, section 4.1.3).
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
