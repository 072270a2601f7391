import ConfigCompiler
import FoundationEssentials
package import StatusModel
import Synchronization

/// Who is logged in, by a cookie. What is kept of a cookie is its digest; the number of sessions is bounded.
package final class SessionStore: Authenticator {
  package struct Options: Sendable {
    /// Seconds without a request after which a session ends.
    package var idle = 3_600.0
    /// Seconds after which it ends in any case.
    package var longest = 43_200.0
    package var most = 10_000

    package init() {}
  }

  private struct Session: Sendable {
    let user: UserID?
    /// The API token's that it was opened with: it ends with the token.
    let token: String?
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
  private let now: @Sendable () -> Double
  private let sessions = Mutex<[String: Session]>([:])

  /// - Parameters:
  ///   - isSecure: whether browsers come over TLS.
  ///   - now: seconds since 1970.
  package init(
    isSecure: Bool, port: Int, tokens: DeclaredTokens, options: Options = Options(),
    now: @escaping @Sendable () -> Double = { Date.now.timeIntervalSince1970 }
  ) {
    self.isSecure = isSecure
    cookie = isSecure ? "__Host-wpex" : "wpex_\(port)"
    self.tokens = tokens
    self.options = options
    self.now = now
  }

  package func decide(_ request: AccessRequest, _ snapshot: StatusSnapshot) async -> AccessDecision {
    guard let value = request.cookies[cookie], let name = DeclaredTokens.digest(of: value) else { return .unknown }
    let time = now()
    let found = sessions.withLock { sessions -> Session? in
      guard var session = sessions[name] else { return nil }
      guard isLive(session, at: time) else {
        sessions[name] = nil
        return nil
      }
      session.used = time
      sessions[name] = session
      return session
    }
    guard let session = found else { return .refused }
    let end = session.begin + options.longest
    guard let user = session.user else { return .viewer(.local(method: session.method, expires: end)) }
    if let token = session.token, tokens.user(token, snapshot) != user { return .refused }
    return snapshot.viewer(user, method: session.method, expires: end, from: request.address).map { .viewer($0) }
      ?? .refused
  }

  /// Begins a session for somebody who was let in.
  ///
  /// - Parameter token: the API token that was shown, where it was one.
  /// - Returns: The cookie's value, and seconds until it ends.
  package func open(_ viewer: Viewer, token: String?) -> (value: String, seconds: Int)? {
    let value = RandomText.make()
    guard let name = DeclaredTokens.digest(of: value) else { return nil }
    let time = now()
    let session = Session(
      user: viewer.kind == .user ? viewer.rights.user : nil,
      token: viewer.kind == .user ? token.flatMap(DeclaredTokens.digest) : nil, method: viewer.method, begin: time,
      used: time)
    sessions.withLock { sessions in
      if sessions.count >= options.most { sessions = sessions.filter { isLive($0.value, at: time) } }
      if sessions.count >= options.most, let oldest = sessions.min(by: { $0.value.used < $1.value.used })?.key {
        sessions[oldest] = nil
      }
      sessions[name] = session
    }
    return (value, Int(options.longest))
  }

  /// Ends a session.
  package func close(_ value: String) {
    guard let name = DeclaredTokens.digest(of: value) else { return }
    sessions.withLock { $0[name] = nil }
  }

  private func isLive(_ session: Session, at time: Double) -> Bool {
    time < session.begin + options.longest && time < session.used + options.idle && time >= session.begin - 60
  }
}
