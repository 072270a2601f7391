import TextFormats

/// Usable public keys of an issuer (RFC 7517).
///
/// Keys are parsed independently: one with an unknown curve, one that is too short, meant for encryption or private is
/// skipped and does not affect the others.
package struct KeySet: Sendable {
  /// A key with its permitted algorithms.
  struct Key: Sendable {
    /// The key.
    let signatureKey: SignatureKey
    /// Algorithms permitted with the key: those of its type, or the one it is restricted to.
    let algorithms: Set<String>
  }

  private let keys: [String: Key]

  /// Key ids (`kid`), sorted.
  package var identifiers: [String] { keys.keys.sorted() }

  /// Parses a JWK set.
  ///
  /// - Parameter bytes: the set as JSON.
  /// - Returns: Nil if it is malformed or has no usable key.
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
    // It would be ambiguous which of them a token means.
    for name in repeated { keys[name] = nil }
    guard !keys.isEmpty else { return nil }
    self.keys = keys
  }

  /// Returns the key with an id.
  func key(_ name: String) -> Key? { keys[name] }

  private static func key(_ json: JSON) -> Key? {
    if let use = json["use"]?.text, use != "sig" { return nil }
    if let operations = json["key_ops"]?.elements, !operations.contains(.string("verify")) { return nil }
    // A private key was published by mistake and cannot be trusted.
    guard json["d"] == nil, let key = SignatureKey(json) else { return nil }
    var algorithms = key.algorithms
    if let algorithm = json["alg"]?.text { algorithms.formIntersection([algorithm]) }
    return algorithms.isEmpty ? nil : Key(signatureKey: key, algorithms: algorithms)
  }
}
