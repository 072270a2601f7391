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
    guard let token = request.bearer, let given = DeclaredTokens.digest(of: token), ConstantTime.isEqual(given, digest)
    else {
      return .unknown
    }
    return .viewer(.local(method: "token"))
  }

  /// Returns a new token with 256 random bits.
  package static func random() -> String { RandomToken.base64URL() }
}
