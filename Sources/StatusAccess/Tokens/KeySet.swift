import FoundationEssentials
import JWTKit
import StructuredText

/// The public keys of an issuer (RFC 7517), those of them that can be used.
///
/// Each key is read by itself: one that is of an unknown curve, too short, for encryption or secret must not make the
/// others unusable, nor be taken.
package struct KeySet: Sendable {
  struct Key: Sendable {
    let jwk: JWK
    /// The algorithms (RFC 7518, section 3.1) that a token may name with it.
    let algorithms: Set<String>
  }

  private let keys: [String: Key]

  /// Names of the keys.
  package var identifiers: [String] { keys.keys.sorted() }

  /// - Parameter bytes: a JWK set.
  /// - Returns: Nil where it is none, or has no key that can be used.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count <= 1 << 20, let json = try? JSON(parsing: bytes), let elements = json["keys"]?.elements else {
      return nil
    }
    var keys: [String: Key] = [:]
    var repeated: Set<String> = []
    for element in elements {
      guard let name = element["kid"]?.text, !name.isEmpty, let key = Self.key(element) else { continue }
      if keys.updateValue(key, forKey: name) != nil { repeated.insert(name) }
    }
    // Which one a token means would be a guess.
    for name in repeated { keys[name] = nil }
    guard !keys.isEmpty else { return nil }
    self.keys = keys
  }

  func key(_ name: String) -> Key? { keys[name] }

  private static func key(_ json: JSON) -> Key? {
    if let use = json["use"]?.text, use != "sig" { return nil }
    if let operations = json["key_ops"]?.elements, !operations.contains(.string("verify")) { return nil }
    guard var algorithms = algorithms(json), json["d"] == nil else { return nil }
    if let algorithm = json["alg"]?.text { algorithms.formIntersection([algorithm]) }
    guard !algorithms.isEmpty, let jwk = try? JSONDecoder().decode(JWK.self, from: Data(json.text(.compact).utf8))
    else {
      return nil
    }
    return Key(jwk: jwk, algorithms: algorithms)
  }

  private static func algorithms(_ json: JSON) -> Set<String>? {
    switch (json["kty"]?.text, json["crv"]?.text) {
    case ("RSA", _):
      // NIST SP 800-131A: at least 2,048 bits.
      guard let modulus = json["n"]?.text.flatMap(Base64URL.decode), modulus.count >= 256, modulus.count <= 1_024 else {
        return nil
      }
      return ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
    case ("EC", "P-256"): return ["ES256"]
    case ("EC", "P-384"): return ["ES384"]
    case ("EC", "P-521"): return ["ES512"]
    case ("OKP", "Ed25519"): return ["EdDSA"]
    default: return nil
    }
  }
}
