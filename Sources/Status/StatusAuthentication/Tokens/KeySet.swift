import TextFormats

/// The public keys of an issuer (RFC 7517), those of them that can be used.
///
/// Each key is read by itself: one that is of an unknown curve, too short, for encryption or secret must not make the
/// others unusable, nor be taken.
package struct KeySet: Sendable {
  struct Key: Sendable {
    let signatureKey: SignatureKey
    /// The algorithms that a token may name with it: those of its kind, or the one that it is for.
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
    // A set with a secret in it was published by mistake.
    guard json["d"] == nil, let key = SignatureKey(json) else { return nil }
    var algorithms = key.algorithms
    if let algorithm = json["alg"]?.text { algorithms.formIntersection([algorithm]) }
    return algorithms.isEmpty ? nil : Key(signatureKey: key, algorithms: algorithms)
  }
}
