import AsyncHTTPClient
import AuditLog
import ConfigModel
import FileAccess
import FoundationEssentials
import StatusAuthentication
import StatusServer
import SyncDaemon

/// Authentication of `wpex serve`, from its settings: an identity provider, tokens of a pinned issuer, and the store of
/// refused logins.
struct ServeAccess {
  /// Users by their subjects at identity providers.
  let identities: DeclaredIdentities
  /// Logins at the identity provider; nil without `oidc.issuer`.
  let providers: ProviderLogins?
  /// Tokens of the pinned issuer; nil without `jwt.issuer`.
  let issuedTokens: IssuedTokens?
  private let client: HTTPClient?
  private let refusalsFile: String?

  /// - Throws: `CommandError` if a setting is missing or invalid, or a file cannot be read.
  init(_ settings: SyncSettings) throws {
    identities = DeclaredIdentities()
    issuedTokens = try Self.issuedTokens(settings, identities)
    refusalsFile = settings["login.refusalsFile"]
    guard let issuer = settings["oidc.issuer"] else {
      (providers, client) = (nil, nil)
      return
    }
    guard SafeURL.isAllowed(issuer) else {
      throw CommandError(.usage, "the setting `oidc.issuer` must be an https address, not `\(issuer)`")
    }
    guard let address = settings["http.publicAddress"], SafeURL.isAllowed(address) else {
      throw CommandError(
        .usage, "`oidc.issuer` needs `http.publicAddress`, the https address to which the provider sends browsers back")
    }
    guard let clientID = settings["oidc.client"] else {
      throw CommandError(.usage, "`oidc.issuer` needs `oidc.client`, as the provider registered it")
    }
    let secret = try settings["oidc.clientSecretFile"].map { path in
      String(decoding: try Files.read(path), as: UTF8.self).filter { !$0.isNewline }
    }
    let client = HTTPClient(
      eventLoopGroup: HTTPClient.defaultEventLoopGroup,
      configuration: HTTPIssuerTransport.configuration(trusting: settings["oidc.certificatesFile"]))
    self.client = client
    providers = ProviderLogins(
      [
        IssuerSettings(
          name: "sso", label: settings["oidc.label"] ?? issuer, issuer: issuer, clientID: clientID, clientSecret: secret
        )
      ], publicAddress: address.hasSuffix("/") ? String(address.dropLast()) : address,
      transport: HTTPIssuerTransport(client), identities: identities)
  }

  private static func issuedTokens(
    _ settings: SyncSettings, _ identities: DeclaredIdentities
  ) throws -> IssuedTokens? {
    guard let issuer = settings["jwt.issuer"] else { return nil }
    guard let audience = settings["jwt.audience"], let path = settings["jwt.keysFile"] else {
      throw CommandError(.usage, "`jwt.issuer` needs `jwt.audience` and `jwt.keysFile`, the issuer's JWK set")
    }
    guard let keys = KeySet(try Files.read(path)) else {
      throw CommandError(
        .refused,
        "`\(path)` is not a JWK set with a usable key: RSA of 2,048 bits or more, P-256, P-384, P-521 or Ed25519"
      )
    }
    return IssuedTokens(issuer: issuer, audience: audience, keys: keys, identities: identities)
  }

  /// - Parameter audit: log for logins; nil to record none.
  func gate(_ audit: (any AuditStore)?) -> LoginGate {
    let file = refusalsFile
    let record = LoginRecord(audit)
    return LoginGate(
      kept: file.flatMap { FileManager.default.contents(atPath: $0) }.map { Array($0) },
      save: { bytes in
        guard let file else { return }
        do {
          try Files.write(bytes, to: file, isSecret: true)
        } catch {
          Terminal.error("wpex serve: \(error)")
        }
      }, note: { attempt in await record.note(attempt) })
  }

  /// Closes the HTTP client of the identity provider.
  func shutDown() {
    let client = client
    Task { try? await client?.shutdown() }
  }
}

/// Records logins and refused logins in the audit log.
actor LoginRecord {
  private let audit: (any AuditStore)?
  private var refusals = RefusalRecords()

  /// - Parameter audit: nil to record nothing.
  init(_ audit: (any AuditStore)?) { self.audit = audit }

  /// Records an attempt to log in. Refusals beyond a limit per minute share one record.
  func note(_ attempt: LoginGate.Attempt) async {
    guard let audit else { return }
    let time = AuditClock.now()
    let from = "by \(attempt.way.rawValue) from \(attempt.address)"
    let key: String
    var detail = attempt.refusal.map { "\(from): \($0)" } ?? from
    var user = attempt.user
    if attempt.refusal == nil {
      key = "login/\(UUID().uuidString)"
    } else {
      switch refusals.choose(attempt, time: time / 1_000) {
      case .skip: return
      case .record(let name): key = name
      case .recordMore(let name):
        key = name
        detail = "more logins were refused in this minute than are recorded individually"
        user = nil
      }
    }
    var entry = AuditEntry(
      time: time, action: attempt.refusal == nil ? .loggedIn : .loginRefused, actor: AuditActor(user: user),
      org: user == nil ? nil : attempt.org)
    entry.detail = detail
    do {
      _ = try await audit.append([AuditAppend(key: key, entry)])
    } catch {
      Terminal.error("wpex: a login could not be recorded: \(error)")
    }
  }
}
