import COpenSSL
import KeyBundles
import TextFormats

/// A public key that verifies signatures of JSON Web Tokens (RFC 7517, RFC 7518, RFC 8037), using libcrypto.
struct SignatureKey: Sendable, Equatable {
  private enum Material: Sendable, Equatable {
    case rsa(modulus: [UInt8], exponent: [UInt8])
    case ec(Curve, point: [UInt8])
    case ed25519([UInt8])
  }

  private enum Curve: String, Sendable {
    case p256 = "P-256"
    case p384 = "P-384"
    case p521 = "P-521"

    /// Length of a coordinate, and of each half of a signature, in bytes (RFC 7518, sections 3.4 and 6.2.1).
    var size: Int {
      switch self {
      case .p256: 32
      case .p384: 48
      case .p521: 66
      }
    }

    /// Signature algorithm of the curve (RFC 7518, section 3.4).
    var algorithm: String {
      switch self {
      case .p256: "ES256"
      case .p384: "ES384"
      case .p521: "ES512"
      }
    }
  }

  private let material: Material

  /// Algorithms permitted with the key (RFC 7518, section 3.1).
  var algorithms: Set<String> {
    switch material {
    case .rsa: ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
    case .ec(let curve, _): [curve.algorithm]
    case .ed25519: ["EdDSA"]
    }
  }

  /// Parses a JSON Web Key.
  ///
  /// - Parameter json: the key.
  /// - Returns: Nil if the key is of an unsupported type, weak or malformed.
  init?(_ json: JSON) {
    func bytes(_ name: String) -> [UInt8]? { json[name]?.text.flatMap { Base64URL.decode($0) } }
    switch json["kty"]?.text {
    case "RSA":
      guard let modulus = bytes("n"), let exponent = bytes("e"), Self.isStrong(modulus, exponent) else { return nil }
      material = .rsa(modulus: modulus, exponent: exponent)
    case "EC":
      guard let curve = json["crv"]?.text.flatMap(Curve.init), let x = bytes("x"), let y = bytes("y"),
        x.count == curve.size, y.count == curve.size
      else { return nil }
      // SEC 1, section 2.3.3: an uncompressed point.
      material = .ec(curve, point: [4] + x + y)
    case "OKP":
      guard json["crv"]?.text == "Ed25519", let x = bytes("x"), x.count == 32 else { return nil }
      material = .ed25519(x)
    default: return nil
    }
    // libcrypto rejects points that are not on the curve.
    guard withKey({ _ in () }) != nil else { return nil }
  }

  /// Returns whether an RSA key has at least 2,048 bits (NIST SP 800-131A) and a sound exponent.
  ///
  /// With an exponent of 1, every message would be its own signature; a long exponent makes verification expensive.
  private static func isStrong(_ modulus: [UInt8], _ exponent: [UInt8]) -> Bool {
    guard let first = modulus.first, let last = modulus.last, let odd = exponent.last, exponent.count <= 8 else {
      return false
    }
    let bits = modulus.count * 8 - first.leadingZeroBitCount
    return first != 0 && bits >= 2_048 && modulus.count <= 1_024 && last & 1 == 1 && odd & 1 == 1 && exponent != [1]
      && exponent.first != 0
  }

  /// Returns whether a signature of a message was made with the key.
  ///
  /// - Parameters:
  ///   - signature: signature in JOSE form.
  ///   - message: signed bytes.
  ///   - algorithm: one of `algorithms`.
  func verifies(_ signature: [UInt8], of message: [UInt8], by algorithm: String) -> Bool {
    guard algorithms.contains(algorithm) else { return false }
    var signature = signature
    var digest: OpaquePointer?
    switch algorithm.suffix(3) {
    case "256": digest = EVP_sha256()
    case "384": digest = EVP_sha384()
    case "512": digest = EVP_sha512()
    default: break
    }
    if case .ec(let curve, _) = material {
      guard let encoded = Self.distinguished(signature, curve) else { return false }
      signature = encoded
    }
    return withKey { key in
      guard let context = EVP_MD_CTX_new() else { return false }
      defer { EVP_MD_CTX_free(context) }
      var parameters: OpaquePointer?
      guard EVP_DigestVerifyInit(context, &parameters, digest, nil, key) == 1 else { return false }
      if algorithm.hasPrefix("PS") {
        // RFC 7518, section 3.5: the salt is as long as the digest, which MGF1 uses as well.
        guard EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1,
          EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1
        else { return false }
      }
      return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    } ?? false
  }

  /// Returns an ECDSA signature in DER, from the concatenation of its two numbers.
  private static func distinguished(_ signature: [UInt8], _ curve: Curve) -> [UInt8]? {
    guard signature.count == 2 * curve.size, let pair = ECDSA_SIG_new() else { return nil }
    defer { ECDSA_SIG_free(pair) }
    let halves = [signature.prefix(curve.size), signature.suffix(curve.size)].map { half in
      BN_bin2bn(Array(half), Int32(half.count), nil)
    }
    guard let r = halves[0], let s = halves[1], ECDSA_SIG_set0(pair, r, s) == 1 else {
      for number in halves { BN_free(number) }
      return nil
    }
    let length = i2d_ECDSA_SIG(pair, nil)
    guard length > 0 else { return nil }
    var encoded = [UInt8](repeating: 0, count: Int(length))
    let written = encoded.withUnsafeMutableBufferPointer { buffer in
      var place = buffer.baseAddress
      return i2d_ECDSA_SIG(pair, &place)
    }
    return written == length ? encoded : nil
  }

  // MARK: - libcrypto

  /// Calls `body` with the libcrypto key; nil if it cannot be created.
  private func withKey<Result>(_ body: (OpaquePointer) -> Result) -> Result? {
    let key: OpaquePointer?
    switch material {
    case .ed25519(let bytes): key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)
    case .rsa(let modulus, let exponent): key = Self.rsa(modulus, exponent)
    case .ec(let curve, let point): key = Self.ec(curve, point)
    }
    guard let key else { return nil }
    defer { EVP_PKEY_free(key) }
    return body(key)
  }

  private static func rsa(_ modulus: [UInt8], _ exponent: [UInt8]) -> OpaquePointer? {
    let numbers = [modulus, exponent].map { (bytes: [UInt8]) in BN_bin2bn(bytes, Int32(bytes.count), nil) }
    defer { for number in numbers { BN_free(number) } }
    guard let n = numbers[0], let e = numbers[1] else { return nil }
    return key("RSA") { builder in
      OSSL_PARAM_BLD_push_BN(builder, wpex_parameter_modulus, n) == 1
        && OSSL_PARAM_BLD_push_BN(builder, wpex_parameter_exponent, e) == 1
    }
  }

  private static func ec(_ curve: Curve, _ point: [UInt8]) -> OpaquePointer? {
    // The builder keeps pointers to both until the key is created.
    curve.rawValue.withCString { name in
      point.withUnsafeBytes { point in
        key("EC") { builder in
          OSSL_PARAM_BLD_push_utf8_string(builder, wpex_parameter_group, name, 0) == 1
            && OSSL_PARAM_BLD_push_octet_string(builder, wpex_parameter_point, point.baseAddress, point.count) == 1
        }
      }
    }
  }

  private static func key(_ type: String, _ fill: (OpaquePointer) -> Bool) -> OpaquePointer? {
    guard let builder = OSSL_PARAM_BLD_new() else { return nil }
    defer { OSSL_PARAM_BLD_free(builder) }
    guard fill(builder), let parameters = OSSL_PARAM_BLD_to_param(builder) else { return nil }
    defer { OSSL_PARAM_free(parameters) }
    guard let context = EVP_PKEY_CTX_new_from_name(nil, type, nil) else { return nil }
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    guard EVP_PKEY_fromdata_init(context) == 1,
      EVP_PKEY_fromdata(context, &key, wpex_public_key, parameters) == 1
    else { return nil }
    return key
  }
}
