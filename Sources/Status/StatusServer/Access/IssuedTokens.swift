import ConfigModel
import FoundationEssentials
package import StatusAuthentication
package import StatusModel

/// JSON Web Tokens of an issuer whose keys the settings pin, presented with each request.
package final class IssuedTokens: Authenticator {
  private let rules: TokenRules
  private let keys: KeySet
  private let identities: DeclaredIdentities
  private let now: @Sendable () -> Double

  /// - Parameter now: seconds since 1970.
  package init(
    issuer: String, audience: String, keys: KeySet, identities: DeclaredIdentities,
    now: @escaping @Sendable () -> Double = { Date.now.timeIntervalSince1970 }
  ) {
    rules = TokenRules(issuer: issuer, audience: audience, use: .access)
    self.keys = keys
    self.now = now
    self.identities = identities
  }

  package func decide(_ request: AccessRequest, _ snapshot: StatusSnapshot) async -> AccessDecision {
    // A declared token that has two full stops is none of ours: nothing is claimed by it.
    guard let token = request.bearer, TokenVerification.claimedIssuer(token) != nil else { return .unknown }
    let moment = Timestamp(unixSeconds: Int64(now()))
    guard let identity = try? TokenVerification.verify(token, keys, rules, now: moment),
      let user = identities.user(identity, snapshot)
    else { return .refused }
    return snapshot.viewer(user, method: "jwt", from: request.address).map { .viewer($0) } ?? .refused
  }
}
