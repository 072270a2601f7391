import ConfigCompiler
import ConfigModel
import FoundationEssentials
import HTTPTypes
import Hummingbird
import StatusAuthentication
import StatusModel

/// Login and logout.
extension StatusResponder {
  /// Opens a session with the token in the request.
  ///
  /// - Throws: `Problem` if the request is from another site, malformed or throttled, or if its token is not accepted.
  func logIn(_ request: Request, _ context: Context) async throws -> Response {
    try requireOwnOrigin(request)
    let form = try await LoginForm.read(request)
    let access = AccessRequest(bearer: form.token, address: client(request, context))
    guard !form.isLink else { return try await follow(access) }
    try await requireNoPause(.token, access.address)
    let decision = await authenticators.decide(access, board.current.value)
    // A token of an issuer is meant for programs and single requests: a session would outlive it.
    guard case .viewer(let viewer) = decision, viewer.method == "token",
      let proof = SessionStore.Proof(token: form.token, of: viewer), let session = sessions.open(viewer, by: proof)
    else {
      await settings.gate.noteRefusal("the token was not accepted", .token, from: access.address, counts: true)
      throw Problem.wrongToken
    }
    await settings.gate.noteLogin(viewer.rights.user, .token, from: access.address)
    let cookie = sessions.setCookie(session.value, seconds: session.seconds)
    return moved(form.isForm ? form.next ?? "/" : nil, [cookie])
  }

  /// Logs in with the URL printed at startup.
  ///
  /// Any page can send a browser to such a URL. Therefore only this server's own startup token is accepted, so that
  /// nobody is logged in as another user, and a wrong token does not count as an attempt. With 256 random bits,
  /// guessing is futile.
  private func follow(_ access: AccessRequest) async throws -> Response {
    guard settings.takesLinks, let localToken,
      case .viewer(let viewer) = await localToken.decide(access, board.current.value),
      let session = sessions.open(viewer, by: .local)
    else { throw Problem.wrongToken }
    await settings.gate.noteLogin(viewer.rights.user, .token, from: access.address)
    return moved(nil, [sessions.setCookie(session.value, seconds: session.seconds)])
  }

  /// Ends the session of the request's cookie, if there is one.
  ///
  /// - Throws: `Problem` if the request is from another site.
  func logOut(_ request: Request) async throws -> Response {
    try requireOwnOrigin(request)
    if let value = Cookies.parse(request.headers[values: .cookie])[sessions.cookie], sessions.close(value) {
      await board.events.checkRights(board.current.value)
    }
    let wantsPage = request.headers[.accept]?.contains("text/html") ?? false
    return moved(wantsPage ? "/login" : nil, [sessions.setCookie("", seconds: 0)])
  }

  // MARK: - Identity providers

  /// Handles the beginning or the callback of a login with a provider; nil if the path is neither.
  func provider(_ target: RequestTarget, _ request: Request, _ context: Context) async throws -> Response? {
    guard let providers = settings.providers, let step = providers.step(target.segments) else { return nil }
    try requireGet(request)
    let address = client(request, context)
    let now = Date.now.timeIntervalSince1970
    let query = Dictionary(target.query) { first, _ in first }
    let binding = Cookies.parse(request.headers[values: .cookie])[sessions.bindingCookie]
    do throws(any Error) {
      try await requireNoPause(.oidc, address)
      switch step {
      case .begin(let name):
        let start = try await providers.begin(
          name, next: query["next"].flatMap(LoginForm.path) ?? "/", from: address, binding: binding, now: now)
        return moved(start.location, [sessions.setBindingCookie(start.binding, seconds: 600)])
      case .finish(let name):
        let snapshot = board.current.value
        let finish = try await providers.finish(name, query: query, binding: binding, snapshot, now: now)
        return try await enter(finish.user, by: finish.identity, next: finish.next, snapshot, from: address)
      }
    } catch let failure as LoginFlow.Failure {
      if failure.isOfThisBrowser {
        await settings.gate.noteRefusal(
          failure.description, .oidc, from: address, counts: failure == .wrongCode)
      }
      // If another page sent the browser here, the login that its user began remains valid.
      let isOver = failure != .unknownLogin
      return moved("/login?failed=\(failure.word)", isOver ? [sessions.setBindingCookie("", seconds: 0)] : [])
    }
  }

  /// Opens a session for an identity confirmed by a provider, if it belongs to an active user who is allowed from this
  /// address.
  ///
  /// A refusal causes no pause: users unknown to the repository share networks with users who may log in, and any page
  /// can send its visitors to the provider.
  private func enter(
    _ user: UserID?, by identity: Identity, next: String, _ snapshot: StatusSnapshot, from address: IPAddress?
  ) async throws -> Response {
    let clear = sessions.setBindingCookie("", seconds: 0)
    guard let user else {
      await settings.gate.noteRefusal("no user has the identity", .oidc, from: address, counts: false)
      return moved("/login?failed=unknown-user", [clear])
    }
    guard let viewer = snapshot.viewer(user, method: "oidc", from: address),
      let session = sessions.open(viewer, by: .identity(identity))
    else {
      await settings.gate.noteRefusal(
        "the user is not active, or is not allowed from this address", of: user, .oidc, from: address, counts: false)
      return moved("/login?failed=unknown-user", [clear])
    }
    await settings.gate.noteLogin(user, .oidc, from: address)
    return moved(next, [sessions.setCookie(session.value, seconds: session.seconds), clear])
  }

  private func requireNoPause(_ way: LoginGate.Way, _ address: IPAddress?) async throws {
    let seconds = await settings.gate.wait(way, address)
    guard seconds == 0 else { throw Problem.tooManyLogins(seconds) }
  }

  private func requireOwnOrigin(_ request: Request) throws {
    let isOwn = settings.ownOrigin.accepts(
      origin: request.headers[.origin], site: request.headers[.fetchSite], host: request.head.authority ?? "")
    guard isOwn else { throw Problem.foreignOrigin }
  }

  private func moved(_ place: String?, _ cookies: [String]) -> Response {
    var fields = settings.headers
    fields[.cacheControl] = "no-store"
    for cookie in cookies { fields.append(HTTPField(name: .setCookie, value: cookie)) }
    if let place { fields[.location] = place }
    return Response(status: place == nil ? .noContent : .seeOther, headers: fields)
  }
}

extension SessionStore.Proof {
  /// Creates the proof of a token.
  ///
  /// - Returns: Nil if the token is empty or too long.
  fileprivate init?(token: String, of viewer: Viewer) {
    guard viewer.kind == .user else {
      self = .local
      return
    }
    guard let digest = DeclaredTokens.digest(of: token) else { return nil }
    self = .token(digest)
  }
}

extension LoginFlow.Failure {
  /// Reason in one word; the login page has a message for it in each language.
  var word: String {
    switch self {
    case .unknownIssuer, .unknownLogin: "expired"
    case .unavailable: "unavailable"
    case .refused, .wrongCode: "refused"
    case .token: "not-trusted"
    }
  }

  /// Whether the failure ends a login begun in this browser, and is therefore recorded.
  var isOfThisBrowser: Bool {
    switch self {
    case .unknownIssuer, .unavailable, .unknownLogin: false
    case .refused, .wrongCode, .token: true
    }
  }
}
