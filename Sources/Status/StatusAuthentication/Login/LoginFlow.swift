package import ConfigModel
package import FairShares
import FoundationEssentials
import KeyBundles
import TextFormats

/// Logins with an OpenID Connect provider: authorization code flow with PKCE (RFC 6749, RFC 7636, OpenID Connect Core
/// 1.0, section 3.1).
///
/// Pending logins are kept here, bounded in number and for ten minutes. A cookie ties each to one browser, so that a
/// login begun elsewhere cannot be finished in it. Capacity is shared fairly among networks: a client that begins many
/// logins only displaces those of its own network.
package actor LoginFlow {
  /// A login that has begun.
  package struct Start: Sendable {
    /// URL to redirect the browser to.
    package let location: String
    /// Value of the cookie that ties the login to this browser.
    package let binding: String
  }

  /// A login that succeeded.
  package struct Finish: Sendable, Equatable {
    /// Identity of the user.
    package let identity: Identity
    /// Path on this server to continue to.
    package let next: String
  }

  /// Why a login failed.
  package enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
    /// No provider has this name.
    case unknownIssuer
    /// The provider cannot be used, for this reason.
    case unavailable(String)
    /// The login was not begun here or not in this browser, was begun too long ago, or is already finished.
    ///
    /// Any page can send a browser here like this, so it does not indicate an attempt by the client.
    case unknownLogin
    /// The provider refused, with an error code of RFC 6749 or OpenID Connect.
    case refused(String)
    /// The code was not issued by the provider.
    case wrongCode
    /// The provider's token was refused.
    case token(TokenRefusal)

    package var description: String {
      switch self {
      case .unknownIssuer: "unknown login method"
      case .unavailable(let reason): "the identity provider cannot be used: \(reason)"
      case .unknownLogin: "the login was started in another browser or more than ten minutes ago: start again"
      case .refused(let code): "the identity provider refused: \(code)"
      case .wrongCode: "the identity provider did not issue this code"
      case .token(let refusal): "the identity provider's token is not accepted: \(refusal)"
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

  /// Seconds after which a pending login expires.
  static let timeout: Int64 = 600
  /// Most pending logins in total.
  static let maxPending = 10_000
  /// Most pending logins from one network.
  static let maxPendingOfNetwork = 256
  /// Seconds to wait before a discovery document that could not be read is requested again.
  static let discoveryPause: Int64 = 2

  private let issuers: [String: IssuerSettings]
  private let transport: any IssuerTransport
  private let callback: @Sendable (String) -> String
  private var pending = FairTable<String, Pending>(capacity: maxPending, maxShare: maxPendingOfNetwork)
  private var metadata: [String: IssuerMetadata] = [:]
  private var discoveries: [String: Task<IssuerMetadata?, Never>] = [:]
  private var failedDiscoveries: [String: Int64] = [:]
  private var keySets: [String: (keys: KeySet, fetched: Int64)] = [:]

  /// Creates a flow.
  ///
  /// - Parameters:
  ///   - issuers: providers; their names must be unique.
  ///   - transport: transport of requests to the providers.
  ///   - callback: returns the URL to which the provider of a given name sends the browser back.
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
  ///   - name: name of the provider.
  ///   - next: path on this server to continue to afterwards.
  ///   - source: network of the client.
  ///   - binding: cookie of an earlier login begun in this browser, which is reused so that both can finish.
  ///   - now: current time.
  /// - Throws: `Failure`.
  package func begin(
    _ name: String, next: String, from source: FairSource, binding: String? = nil, now: Timestamp
  ) async throws -> Start {
    guard let issuer = issuers[name] else { throw Failure.unknownIssuer }
    let metadata = try await metadata(of: issuer, now: now)
    let (state, nonce, verifier) = (RandomToken.base64URL(), RandomToken.base64URL(), RandomToken.base64URL())
    let binding = binding.flatMap { Base64URL.decode($0)?.count == 32 ? $0 : nil } ?? RandomToken.base64URL()
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

  /// Finishes a login with the parameters of the callback. Each state is valid for one attempt.
  ///
  /// - Parameters:
  ///   - name: name of the provider.
  ///   - query: parameters of the callback: `state`, `code` or `error`, and `iss` if the provider sends it (RFC 9207).
  ///   - binding: value of the cookie.
  ///   - now: current time.
  /// - Throws: `Failure`.
  package func finish(
    _ name: String, query: [String: String], binding: String?, now: Timestamp
  ) async throws -> Finish {
    guard let issuer = issuers[name] else { throw Failure.unknownIssuer }
    guard let state = query["state"], let login = pending.remove(state), login.issuer == name,
      now.unixSeconds - login.began <= Self.timeout, let binding, ConstantTime.isEqual(binding, login.binding)
    else { throw Failure.unknownLogin }
    if let claimed = query["iss"], claimed != issuer.issuer { throw Failure.token(.issuer) }
    if let error = query["error"] { throw Failure.refused(Self.known(error)) }
    guard let code = query["code"], !code.isEmpty else { throw Failure.refused("it returned no code") }
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
      // RFC 6749, section 5.2. Codes from the provider are accepted, so this one was made up.
      throw Failure.wrongCode
    } catch {
      throw Failure.unavailable("its token endpoint returned no token")
    }
    guard let json = try? JSON(parsing: bytes), let token = json["id_token"]?.text else {
      throw Failure.unavailable("its token endpoint returned no id_token")
    }
    return token
  }

  /// Verifies a token with the cached keys.
  ///
  /// An unknown key causes the keys to be fetched again, at most every 30 seconds.
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

  /// Returns the discovery document, fetching it only once for concurrent logins.
  private func metadata(of issuer: IssuerSettings, now: Timestamp) async throws -> IssuerMetadata {
    if let known = metadata[issuer.name] { return known }
    guard SafeURL.isAllowed(issuer.issuer) else { throw Failure.unavailable("its address is not https") }
    let failure = Failure.unavailable("its discovery document cannot be read, or names another issuer")
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

  /// Returns an error code defined by RFC 6749 or OpenID Connect.
  ///
  /// Anything else is arbitrary text, possibly an attacker's.
  private static func known(_ code: String) -> String {
    [
      "invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type", "invalid_scope",
      "server_error", "temporarily_unavailable", "interaction_required", "login_required", "consent_required",
    ].contains(code) ? code : "an error that OpenID Connect does not define"
  }

}
