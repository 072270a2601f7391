import ConfigCompiler
import FairShares
import FoundationEssentials
import KeyBundles
package import StatusAuthentication
package import StatusModel
import Synchronization

/// Sessions of logged-in viewers, identified by a cookie. Only the cookie's digest is stored.
///
/// A session ends once its user no longer declares the token or identity that opened it. Sessions are bounded in total
/// and per user, so that one user's sessions cannot displace those of others.
package final class SessionStore: Authenticator {
  /// Credential that opened a session.
  package enum Proof: Sendable, Equatable {
    /// An API token, by its digest.
    case token(String)
    /// An identity at a provider.
    case identity(Identity)
    /// The token printed when the server started. It is valid until the server exits.
    case local
  }

  /// Limits of sessions.
  package struct Options: Sendable {
    /// Seconds without a request after which a session ends.
    package var idle = 3_600.0
    /// Seconds after which a session ends in any case.
    package var maxAge = 43_200.0
    /// Most sessions in total.
    package var maxCount = 10_000
    /// Most sessions of one user.
    package var maxOfUser = 64

    /// Creates the default limits.
    package init() {}
  }

  private struct Session: Sendable {
    let user: UserID
    let proof: Proof
    let method: String
    let begin: Double
    var used: Double
  }

  /// Name of the cookie.
  ///
  /// Browsers accept the prefix `__Host-` only over TLS. Over plain HTTP the port is part of the name, because cookies
  /// do not distinguish ports.
  package let cookie: String
  /// Whether browsers connect over TLS.
  package let isSecure: Bool
  private let options: Options
  private let tokens: DeclaredTokens
  private let identities: DeclaredIdentities
  private let now: @Sendable () -> Double
  private let sessions: Mutex<FairTable<String, Session>>

  /// Creates an empty store.
  ///
  /// - Parameters:
  ///   - isSecure: whether browsers connect over TLS.
  ///   - port: port of the server.
  ///   - tokens: owners of tokens.
  ///   - identities: owners of identities.
  ///   - options: limits of sessions.
  ///   - now: returns the current time in seconds since 1970.
  package init(
    isSecure: Bool, port: Int, tokens: DeclaredTokens, identities: DeclaredIdentities, options: Options = Options(),
    now: @escaping @Sendable () -> Double = { Date.now.timeIntervalSince1970 }
  ) {
    self.isSecure = isSecure
    cookie = isSecure ? "__Host-wpex" : "wpex_\(port)"
    self.tokens = tokens
    self.identities = identities
    self.options = options
    sessions = Mutex(FairTable(capacity: options.maxCount, maxShare: options.maxOfUser))
    self.now = now
  }

  package func decide(_ request: AccessRequest, _ snapshot: StatusSnapshot) async -> AccessDecision {
    guard let value = request.cookies[cookie], let name = DeclaredTokens.digest(of: value) else { return .unknown }
    let time = now()
    let found = sessions.withLock { sessions -> Session? in
      guard let session = sessions[name] else { return nil }
      guard isLive(session, at: time) else {
        sessions.remove(name)
        return nil
      }
      sessions.update(name) { $0.used = time }
      sessions.touch(name)
      return session
    }
    guard let session = found else { return .refused }
    let end = session.begin + options.maxAge
    if session.proof == .local { return .viewer(.local(method: session.method, expires: end)) }
    guard holds(session, snapshot),
      let viewer = snapshot.viewer(session.user, method: session.method, expires: end)
    else {
      // A session whose credential was withdrawn does not revive if a later commit restores the credential.
      if snapshot.model != nil { _ = sessions.withLock { $0.remove(name) } }
      return .refused
    }
    // A request from an address that is not allowed does not end the session.
    return snapshot.allows(session.user, from: request.address) ? .viewer(viewer) : .refused
  }

  /// Returns whether the credential that opened a session still belongs to its user.
  private func holds(_ session: Session, _ snapshot: StatusSnapshot) -> Bool {
    switch session.proof {
    case .token(let digest): tokens.user(digest, snapshot) == session.user
    case .identity(let identity): identities.user(identity, snapshot) == session.user
    case .local: true
    }
  }

  /// Opens a session for an authenticated viewer.
  ///
  /// - Returns: Value of the cookie and seconds until it expires; nil if OpenSSL fails.
  package func open(_ viewer: Viewer, by proof: Proof) -> (value: String, seconds: Int)? {
    let value = RandomToken.base64URL()
    guard let name = DeclaredTokens.digest(of: value) else { return nil }
    let time = now()
    let session = Session(
      user: viewer.rights.user, proof: proof, method: viewer.method, begin: time, used: time)
    sessions.withLock { sessions in
      if sessions.count >= options.maxCount { sessions.removeAll { _, session in !isLive(session, at: time) } }
      _ = sessions.insert(name, session, of: .viewer(viewer))
    }
    return (value, Int(options.maxAge))
  }

  /// Ends a session.
  ///
  /// - Returns: Whether there was one.
  package func close(_ value: String) -> Bool {
    guard let name = DeclaredTokens.digest(of: value) else { return false }
    return sessions.withLock { $0.remove(name) } != nil
  }

  private func isLive(_ session: Session, at time: Double) -> Bool {
    time < session.begin + options.maxAge && time < session.used + options.idle && time >= session.begin - 60
  }
}
