import ConfigCompiler
import ConfigModel
import FoundationEssentials
import KeyBundles
package import StatusModel

/// API tokens whose SHA-256 stands in the repository.
package final class DeclaredTokens: Authenticator {
  /// Characters of the longest token.
  static let longest = 512

  private let index = ModelIndex<[String: TokenOwner]>([:]) { $0.tokens }
  private let now: @Sendable () -> Double

  /// - Parameter now: seconds since 1970.
  package init(now: @escaping @Sendable () -> Double = { Date.now.timeIntervalSince1970 }) { self.now = now }

  package func decide(_ request: AccessRequest, _ snapshot: StatusSnapshot) async -> AccessDecision {
    guard let token = request.bearer, let digest = Self.digest(of: token), let user = user(digest, snapshot) else {
      return .unknown
    }
    return snapshot.viewer(user, method: "token", from: request.address).map { .viewer($0) } ?? .refused
  }

  /// The name of a token: what is looked up is a digest, whose comparison tells nothing of the token.
  static func digest(of token: String) -> String? {
    guard !token.isEmpty, token.utf8.count <= longest else { return nil }
    return try? SHA256Digest.hex(of: Array(token.utf8))
  }

  /// Whose token it is in the applied commit; nil where it is nobody's or expired.
  func user(_ digest: String, _ snapshot: StatusSnapshot) -> UserID? {
    guard let found = index.value(for: snapshot)[digest] else { return nil }
    return found.isGood(on: CivilDate(unixSeconds: Int64(now()))) ? found.user : nil
  }
}
