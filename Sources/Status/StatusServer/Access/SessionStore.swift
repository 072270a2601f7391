import ConfigCompiler
import FairShares
import FoundationEssentials
package import StatusAuthentication
package import StatusModel
import Synchronization

/// Who is logged in, by a cookie. What is kept of a cookie is its digest.
///
/// A session ends with what opened it: with the token, or the identity at the provider, that its user no longer declares.
/// Their number is bounded, in all and for each user, so that nobody's sessions displace those of others.
package final class SessionStore: Authenticator {
  /// What somebody showed to open a session.
  package enum Proof: Sendable, Equatable {
    /// An API token, by its digest.
    case token(String)
    case identity(Identity)
    /// The token of whoever started the server, which ends with it.
    case local
  }

  package struct Options: Sendable {
    /// Seconds without a request after which a session ends.
    package var idle = 3_600.0
    /// Seconds after which it ends in any case.
    package var longest = 43_200.0
    /// Sessions in all, and of one user.
    package var most = 10_000
    package var mostOfUser = 64

    package init() {}
  }

  private struct Session: Sendable {
    let user: UserID
    let proof: Proof
    let method: String
    let begin: Double
    var used: Double
  }

  /// The cookie's name. Browsers take `__Host-` over TLS alone; over plain HTTP on loopback the port is in the name,
  /// because cookies do not tell ports apart.
  package let cookie: String
  package let isSecure: Bool
  private let options: Options
  private let tokens: DeclaredTokens
  private let identities: DeclaredIdentities
  private let now: @Sendable () -> Double
  private let sessions: Mutex<FairTable<String, Session>>

  /// - Parameters:
  ///   - isSecure: whether browsers come over TLS.
  ///   - now: seconds since 1970.
  package init(
    isSecure: Bool, port: Int, tokens: DeclaredTokens, identities: DeclaredIdentities, options: Options = Options(),
    now: @escaping @Sendable () -> Double = { Date.now.timeIntervalSince1970 }
  ) {
    self.isSecure = isSecure
    cookie = isSecure ? "__Host-wpex" : "wpex_\(port)"
    self.tokens = tokens
    self.identities = identities
    self.options = options
    sessions = Mutex(FairTable(capacity: options.most, largestShare: options.mostOfUser))
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
    let end = session.begin + options.longest
    if session.proof == .local { return .viewer(.local(method: session.method, expires: end)) }
    guard holds(session, snapshot),
      let viewer = snapshot.viewer(session.user, method: session.method, expires: end)
    else {
      // What was taken away does not come back to life with the commit that gives it back.
      if snapshot.model != nil { _ = sessions.withLock { $0.remove(name) } }
      return .refused
    }
    // Whoever comes from elsewhere for a while is not logged out.
    return snapshot.allows(session.user, from: request.address) ? .viewer(viewer) : .refused
  }

  /// Whether what opened a session is still its user's.
  private func holds(_ session: Session, _ snapshot: StatusSnapshot) -> Bool {
    switch session.proof {
    case .token(let digest): tokens.user(digest, snapshot) == session.user
    case .identity(let identity): identities.user(identity, snapshot) == session.user
    case .local: true
    }
  }

  /// Begins a session for somebody who was let in.
  ///
  /// - Returns: The cookie's value, and seconds until it ends.
  package func open(_ viewer: Viewer, by proof: Proof) -> (value: String, seconds: Int)? {
    let value = RandomText.make()
    guard let name = DeclaredTokens.digest(of: value) else { return nil }
    let time = now()
    let session = Session(
      user: viewer.rights.user, proof: proof, method: viewer.method, begin: time, used: time)
    sessions.withLock { sessions in
      if sessions.count >= options.most { sessions.removeAll { _, session in !isLive(session, at: time) } }
      _ = sessions.insert(name, session, of: .viewer(viewer))
    }
    return (value, Int(options.longest))
  }

  /// Ends a session.
  ///
  /// - Returns: Whether there was one.
  package func close(_ value: String) -> Bool {
    guard let name = DeclaredTokens.digest(of: value) else { return false }
    return sessions.withLock { $0.remove(name) } != nil
  }

  private func isLive(_ session: Session, at time: Double) -> Bool {
    time < session.begin + options.longest && time < session.used + options.idle && time >= session.begin - 60
  }
}
