import ConfigCompiler
import ConfigModel
import FoundationEssentials
import HTTPTypes
import Hummingbird
import StatusAccess
import StatusModel

/// Logging in and out.
extension StatusResponder {
  func logIn(_ request: Request, _ context: Context) async throws -> Response {
    try requireOwnOrigin(request)
    let form = try await LoginForm.read(request)
    let access = AccessRequest(bearer: form.token, address: client(request, context))
    try await requireNoPause(access.address)
    let decision = await authenticators.decide(access, board.current.value)
    // A token of an issuer is for programs, with each request: a session would outlive it.
    guard case .viewer(let viewer) = decision, viewer.method == "token",
      let session = sessions.open(viewer, token: form.token)
    else {
      await settings.gate.note(nil, method: "token", from: access.address, refusal: "the token lets nobody in")
      throw Problem(
        status: .unauthorized, name: "unauthenticated", title: "Not logged in", detail: "This token lets nobody in.",
        headers: [(.wwwAuthenticate, "Bearer")])
    }
    await settings.gate.note(
      (viewer.rights.user.description, viewer.rights.user.org), method: viewer.method, from: access.address,
      refusal: nil)
    let cookie = sessions.setCookie(session.value, seconds: session.seconds)
    return moved(form.isForm ? form.next ?? "/" : nil, [cookie])
  }

  func logOut(_ request: Request) throws -> Response {
    try requireOwnOrigin(request)
    if let value = Cookies.parse(request.headers[values: .cookie])[sessions.cookie] { sessions.close(value) }
    let wantsPage = request.headers[.accept]?.contains("text/html") ?? false
    return moved(wantsPage ? "/login" : nil, [sessions.setCookie("", seconds: 0)])
  }

  // MARK: - Identity providers

  /// Answers the beginning or the end of a login with a provider; nil where the path is neither.
  func provider(_ target: RequestTarget, _ request: Request, _ context: Context) async throws -> Response? {
    guard let providers = settings.providers, let step = providers.step(target.segments) else { return nil }
    try requireGet(request)
    let address = client(request, context)
    let now = Date.now.timeIntervalSince1970
    let query = Dictionary(target.query) { first, _ in first }
    do throws(any Error) {
      switch step {
      case .begin(let name):
        try await requireNoPause(address)
        let start = try await providers.begin(name, next: query["next"].flatMap(LoginForm.path) ?? "/", now: now)
        return moved(start.location, [sessions.setBindingCookie(start.binding, seconds: 600)])
      case .finish(let name):
        try await requireNoPause(address)
        let binding = Cookies.parse(request.headers[values: .cookie])[sessions.bindingCookie]
        let snapshot = board.current.value
        let (user, next) = try await providers.finish(name, query: query, binding: binding, snapshot, now: now)
        return try await enter(user, next: next, snapshot, from: address)
      }
    } catch let failure as LoginFlow.Failure {
      if failure.isSuspicious {
        await settings.gate.note(nil, method: "oidc", from: address, refusal: failure.description)
      }
      return moved("/login?failed=\(failure.word)", [sessions.setBindingCookie("", seconds: 0)])
    }
  }

  /// Lets in whoever the provider says it is, where the repository knows the identity and the user may come in from here.
  private func enter(
    _ user: UserID?, next: String, _ snapshot: StatusSnapshot, from address: IPAddress?
  ) async throws -> Response {
    let clear = sessions.setBindingCookie("", seconds: 0)
    guard let user else {
      await settings.gate.note(nil, method: "oidc", from: address, refusal: "no user has the identity")
      return moved("/login?failed=unknown-user", [clear])
    }
    guard let viewer = snapshot.viewer(user, method: "oidc", from: address),
      let session = sessions.open(viewer, token: nil)
    else {
      await settings.gate.note(
        (user.description, user.org), method: "oidc", from: address,
        refusal: "the user is not active, or may not come from this address")
      return moved("/login?failed=unknown-user", [clear])
    }
    await settings.gate.note((user.description, user.org), method: "oidc", from: address, refusal: nil)
    return moved(next, [sessions.setCookie(session.value, seconds: session.seconds), clear])
  }

  private func requireNoPause(_ address: IPAddress?) async throws {
    let seconds = await settings.gate.wait(address)
    guard seconds == 0 else { throw Problem.tooManyLogins(seconds) }
  }

  /// Browsers say where a request comes from; programs need not.
  private func requireOwnOrigin(_ request: Request) throws {
    if let site = request.headers[.fetchSite], site != "same-origin", site != "none" { throw Problem.foreignOrigin }
    guard let origin = request.headers[.origin] else { return }
    let host = request.head.authority ?? ""
    guard origin == "http://\(host)" || origin == "https://\(host)" else { throw Problem.foreignOrigin }
  }

  private func moved(_ place: String?, _ cookies: [String]) -> Response {
    var fields = settings.headers
    fields[.cacheControl] = "no-store"
    for cookie in cookies { fields.append(HTTPField(name: .setCookie, value: cookie)) }
    if let place { fields[.location] = place }
    return Response(status: place == nil ? .noContent : .seeOther, headers: fields)
  }
}

extension LoginFlow.Failure {
  /// For the login page, which has words for it in each language.
  var word: String {
    switch self {
    case .unknownIssuer, .unknownLogin: "expired"
    case .tooMany, .unavailable: "unavailable"
    case .refused: "refused"
    case .token: "not-trusted"
    }
  }

  /// Whether somebody may be trying something, and not just come too late.
  var isSuspicious: Bool {
    switch self {
    case .unknownIssuer, .tooMany, .unavailable: false
    case .unknownLogin, .refused, .token: true
    }
  }
}
