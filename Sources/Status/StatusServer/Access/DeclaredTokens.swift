import ConfigCompiler
import ConfigModel
import FoundationEssentials
import KeyBundles
package import StatusModel

/// Authenticates API tokens whose SHA-256 digest is declared in the repository.
package final class DeclaredTokens: Authenticator {
  /// Length of the longest token, in bytes.
  static let maxLength = 512

  private let index = ModelIndex<[String: TokenOwner]>([:]) { $0.tokens }
  private let now: @Sendable () -> Double

  /// Creates an authenticator.
  ///
  /// - Parameter now: returns the current time in seconds since 1970.
  package init(now: @escaping @Sendable () -> Double = { Date.now.timeIntervalSince1970 }) { self.now = now }

  package func decide(_ request: AccessRequest, _ snapshot: StatusSnapshot) async -> AccessDecision {
    guard let token = request.bearer, let digest = Self.digest(of: token), let user = user(digest, snapshot) else {
      return .unknown
    }
    return snapshot.viewer(user, method: "token", from: request.address).map { .viewer($0) } ?? .refused
  }

  /// Returns the digest by which a token is looked up; nil if it is empty or too long.
  ///
  /// Timing of the lookup reveals nothing about the token.
  static func digest(of token: String) -> String? {
    guard !token.isEmpty, token.utf8.count <= maxLength else { return nil }
    return try? SHA256Digest.hex(of: Array(token.utf8))
  }

  /// Returns the owner of a token in the applied commit; nil if there is none or the token has expired.
  func user(_ digest: String, _ snapshot: StatusSnapshot) -> UserID? {
    guard let found = index.value(for: snapshot)[digest] else { return nil }
    return found.isGood(on: CivilDate(unixSeconds: Int64(now()))) ? found.user : nil
  }
}
