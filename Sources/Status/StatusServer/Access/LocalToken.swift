import KeyBundles
package import StatusModel

/// Authenticates the token printed when the server started.
///
/// The token is random, stored only as a digest, and grants every read permission.
package struct LocalToken: Authenticator {
  private let digest: String

  /// Creates an authenticator.
  ///
  /// - Parameter token: the token.
  /// - Throws: `KeyBundleError` if OpenSSL has no SHA-256.
  package init(_ token: String) throws { digest = try SHA256Digest.hex(of: Array(token.utf8)) }

  package func decide(_ request: AccessRequest, _ snapshot: StatusSnapshot) async -> AccessDecision {
    guard let token = request.bearer, let given = DeclaredTokens.digest(of: token), isSame(given) else {
      return .unknown
    }
    return .viewer(.local(method: "token"))
  }

  private func isSame(_ given: String) -> Bool {
    given.utf8.count == digest.utf8.count
      && zip(given.utf8, digest.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  /// Returns a new token with 256 random bits.
  package static func random() -> String { RandomText.make() }
}

/// Random texts of 256 bits, suitable for cookies and URLs.
enum RandomText {
  /// Returns a new text.
  static func make() -> String {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    return String(decoding: Base64.encode(bytes, padded: false), as: UTF8.self)
      .replacing("+", with: "-").replacing("/", with: "_")
  }
}
