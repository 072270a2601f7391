import COpenSSL
package import ConfigModel
package import FairShares
import FoundationEssentials
import KeyBundles
import TextFormats

/// Logins with an OpenID Connect provider: authorization code flow with PKCE (RFC 6749, RFC 7636, OpenID Connect
/// Core 1.0, section 3.1).
///
/// What was begun is kept here, in bounded number and for ten minutes, and belongs to one browser by a cookie: a login
/// that somebody else began cannot be finished in it. The places are shared fairly among networks, so that who begins
/// many logins displaces logins of its own.
package actor LoginFlow {
  /// How a login begins.
  package struct Start: Sendable {
    /// Where the browser goes.
    package let location: String
    /// The value of the cookie that ties the login to this browser.
    package let binding: String
  }

  /// How it ended.
  package struct Finish: Sendable, Equatable {
    package let identity: Identity
    /// Where the user wanted to go: a path of ours.
    package let next: String
  }

  package enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
    case unknownIssuer
    case unavailable(String)
    /// Not begun here, not in this browser, too long ago, or finished already. Any page can send a browser here like this,
    /// so that it says nothing of who does.
    case unknownLogin
    /// The provider said no; its code is one of RFC 6749's words.
    case refused(String)
    /// The provider gave the browser no such code.
    case wrongCode
    case token(TokenRefusal)

    package var description: String {
      switch self {
      case .unknownIssuer: "there is no such way to log in"
      case .unavailable(let reason): "the identity provider cannot be used: \(reason)"
      case .unknownLogin: "the login was not begun in this browser, or more than ten minutes ago: begin again"
      case .refused(let code): "the identity provider refused: \(code)"
      case .wrongCode: "the identity provider did not give this code"
      case .token(let refusal): "the identity provider's token is not taken: \(refusal)"
      }
    }
  }

  private struct Pending {
    let issuer: String
    let nonce: String
    let verifier: String
    let binding: String
    let next: String
    let began: Int64
  }

  /// Seconds.
  static let patience: Int64 = 600
  /// Logins under way in all, and of one network.
  static let mostPending = 10_000
  static let mostPendingOfNetwork = 256
  /// Seconds after a discovery document that could not be read in which it is not asked for again.
  static let discoveryPause: Int64 = 2

  private let issuers: [String: IssuerSettings]
  private let transport: any IssuerTransport
  private let callback: @Sendable (String) -> String
  private var pending = FairTable<String, Pending>(capacity: mostPending, largestShare: mostPendingOfNetwork)
  private var metadata: [String: IssuerMetadata] = [:]
  private var discoveries: [String: Task<IssuerMetadata?, Never>] = [:]
  private var failedDiscoveries: [String: Int64] = [:]
  private var keySets: [String: (keys: KeySet, fetched: Int64)] = [:]

  /// - Parameter callback: the address to which the provider with a name sends the browser back.
  package init(
    _ issuers: [IssuerSettings], transport: any IssuerTransport, callback: @escaping @Sendable (String) -> String
  ) {
    self.issuers = Dictionary(issuers.map { ($0.name, $0) }) { first, _ in first }
    self.transport = transport
    self.callback = callback
  }

  /// Begins a login.
  ///
  /// - Parameters:
  ///   - next: a path of ours to go to afterwards.
  ///   - source: the client's network.
  ///   - binding: the cookie of a login that this browser began before, so that both can end.
  /// - Throws: `Failure`.
  package func begin(
    _ name: String, next: String, from source: FairSource, binding: String? = nil, now: Timestamp
  ) async throws -> Start {
    guard let issuer = issuers[name] else { throw Failure.unknownIssuer }
    let metadata = try await metadata(of: issuer, now: now)
    let (state, nonce, verifier) = (try Self.random(), try Self.random(), try Self.random())
    let binding = try binding.flatMap { Base64URL.decode($0)?.count == 32 ? $0 : nil } ?? Self.random()
    let challenge = Base64URL.encode(try SHA256Digest.bytes(of: Array(verifier.utf8)))
    _ = pending.insert(
      state,
      Pending(
        issuer: name, nonce: nonce, verifier: verifier, binding: binding, next: next, began: now.unixSeconds),
      of: source)
    let query = Form.encode([
      ("response_type", "code"), ("client_id", issuer.clientID), ("redirect_uri", callback(name)), ("scope", "openid"),
      ("state", state), ("nonce", nonce), ("code_challenge", challenge), ("code_challenge_method", "S256"),
    ])
    let joint = metadata.authorizationEndpoint.contains("?") ? "&" : "?"
    return Start(location: metadata.authorizationEndpoint + joint + query, binding: binding)
  }

  /// Ends a login with what the browser brought back. Each state is good for one try.
  ///
  /// - Parameters:
  ///   - query: the callback's parameters: `state`, and `code` or `error`, and `iss` where the provider sends it (RFC 9207).
  ///   - binding: the cookie's value.
  /// - Throws: `Failure`.
  package func finish(
    _ name: String, query: [String: String], binding: String?, now: Timestamp
  ) async throws -> Finish {
    guard let issuer = issuers[name] else { throw Failure.unknownIssuer }
    guard let state = query["state"], let login = pending.remove(state), login.issuer == name,
      now.unixSeconds - login.began <= Self.patience, let binding, Self.isEqual(binding, login.binding)
    else { throw Failure.unknownLogin }
    if let claimed = query["iss"], claimed != issuer.issuer { throw Failure.token(.issuer) }
    if let error = query["error"] { throw Failure.refused(Self.known(error)) }
    guard let code = query["code"], !code.isEmpty else { throw Failure.refused("no code came back") }
    let token = try await exchange(code, login, issuer, now: now)
    let rules = TokenRules(issuer: issuer.issuer, audience: issuer.clientID, use: .login(nonce: login.nonce))
    return Finish(identity: try await verify(token, issuer, rules, now: now), next: login.next)
  }

  private func exchange(
    _ code: String, _ login: Pending, _ issuer: IssuerSettings, now: Timestamp
  ) async throws -> String {
    var form = [
      ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", callback(issuer.name)),
      ("code_verifier", login.verifier), ("client_id", issuer.clientID),
    ]
    var authorization: String?
    if let secret = issuer.clientSecret {
      // RFC 6749, section 2.3.1: both parts are form-encoded before they are joined.
      let pair = "\(Form.escape(issuer.clientID)):\(Form.escape(secret))"
      authorization = "Basic " + Data(pair.utf8).base64EncodedString()
      form.removeLast()
    }
    let bytes: [UInt8]
    do {
      bytes = try await transport.post(
        try await metadata(of: issuer, now: now).tokenEndpoint, form: form.map { (name: $0.0, value: $0.1) },
        authorization: authorization, limit: 65_536)
    } catch let failure as Failure {
      throw failure
    } catch let status as IssuerStatus where status.code == 400 {
      // RFC 6749, section 5.2. What the provider sends back is its code; whoever brings another one made it up.
      throw Failure.wrongCode
    } catch {
      throw Failure.unavailable("its token endpoint did not give a token")
    }
    guard let json = try? JSON(parsing: bytes), let token = json["id_token"]?.text else {
      throw Failure.unavailable("its token endpoint sent no id_token")
    }
    return token
  }

  /// Verifies with the keys known; a key that is not among them is looked for once, not more often than every 30 s.
  private func verify(
    _ token: String, _ issuer: IssuerSettings, _ rules: TokenRules, now: Timestamp
  ) async throws -> Identity {
    if let known = keySets[issuer.name], now.unixSeconds - known.fetched < 3_600 {
      do throws(TokenRefusal) {
        return try TokenVerification.verify(token, known.keys, rules, now: now)
      } catch {
        guard error == .unknownKey, now.unixSeconds - known.fetched >= 30 else { throw Failure.token(error) }
      }
    }
    let keys = try await keys(of: issuer, now: now)
    keySets[issuer.name] = (keys, now.unixSeconds)
    do throws(TokenRefusal) {
      return try TokenVerification.verify(token, keys, rules, now: now)
    } catch {
      throw Failure.token(error)
    }
  }

  private func keys(of issuer: IssuerSettings, now: Timestamp) async throws -> KeySet {
    let url = try await metadata(of: issuer, now: now).keysURL
    guard let bytes = try? await transport.get(url, limit: 1 << 20), let keys = KeySet(bytes) else {
      throw Failure.unavailable("its keys cannot be read")
    }
    return keys
  }

  /// Reads the discovery document once, however many logins begin meanwhile.
  private func metadata(of issuer: IssuerSettings, now: Timestamp) async throws -> IssuerMetadata {
    if let known = metadata[issuer.name] { return known }
    guard SafeURL.isAllowed(issuer.issuer) else { throw Failure.unavailable("its address is not https") }
    let failure = Failure.unavailable("its discovery document cannot be read, or is of another issuer")
    let discovery: Task<IssuerMetadata?, Never>
    if let running = discoveries[issuer.name] {
      discovery = running
    } else {
      if let failed = failedDiscoveries[issuer.name], (0..<Self.discoveryPause).contains(now.unixSeconds - failed) {
        throw failure
      }
      discovery = Task { await discover(issuer, now: now) }
      discoveries[issuer.name] = discovery
    }
    guard let found = await discovery.value else { throw failure }
    return found
  }

  private func discover(_ issuer: IssuerSettings, now: Timestamp) async -> IssuerMetadata? {
    let base = issuer.issuer.hasSuffix("/") ? String(issuer.issuer.dropLast()) : issuer.issuer
    let bytes = try? await transport.get("\(base)/.well-known/openid-configuration", limit: 1 << 18)
    let found = bytes.flatMap { IssuerMetadata($0, of: issuer.issuer) }
    metadata[issuer.name] = found
    failedDiscoveries[issuer.name] = found == nil ? now.unixSeconds : nil
    discoveries[issuer.name] = nil
    return found
  }

  /// The codes of RFC 6749 and OpenID Connect; anything else is the provider's, or somebody's, own text.
  private static func known(_ code: String) -> String {
    [
      "invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type", "invalid_scope",
      "server_error", "temporarily_unavailable", "interaction_required", "login_required", "consent_required",
    ].contains(code) ? code : "an error that OpenID Connect does not define"
  }

  private static func random() throws -> String {
    var bytes = [UInt8](repeating: 0, count: 32)
    guard RAND_bytes(&bytes, 32) == 1 else { throw Failure.unavailable("this machine has no randomness") }
    return Base64URL.encode(bytes)
  }

  private static func isEqual(_ left: String, _ right: String) -> Bool {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    return left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
  }
}
