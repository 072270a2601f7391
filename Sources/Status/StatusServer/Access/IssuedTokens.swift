import ConfigModel
import FoundationEssentials
package import StatusAuthentication
package import StatusModel

/// Authenticates JSON Web Tokens presented with each request, from an issuer whose keys are pinned in the settings.
package final class IssuedTokens: Authenticator {
  private let rules: TokenRules
  private let keys: KeySet
  private let identities: DeclaredIdentities
  private let now: @Sendable () -> Double

  /// Creates an authenticator.
  ///
  /// - Parameters:
  ///   - issuer: required issuer (`iss`).
  ///   - audience: required audience (`aud`).
  ///   - keys: keys of the issuer.
  ///   - identities: maps identities to users.
  ///   - now: returns the current time in seconds since 1970.
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
    // A declared token may contain two dots as well; only a token that claims an issuer is treated as a JWT.
    guard let token = request.bearer, TokenVerification.claimedIssuer(token) != nil else { return .unknown }
    let moment = Timestamp(unixSeconds: Int64(now()))
    guard let identity = try? TokenVerification.verify(token, keys, rules, now: moment),
      let user = identities.user(identity, snapshot)
    else { return .refused }
    return snapshot.viewer(user, method: "jwt", from: request.address).map { .viewer($0) } ?? .refused
  }
}
