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

  /// - Throws: `StatusServiceError` if a setting is missing or invalid, `FileAccessError` if a file cannot be read.
  init(_ settings: SyncSettings) throws {
    identities = DeclaredIdentities()
    issuedTokens = try Self.issuedTokens(settings, identities)
    refusalsFile = settings["login.refusalsFile"]
    guard let issuer = settings["oidc.issuer"] else {
      (providers, client) = (nil, nil)
      return
    }
    guard SafeURL.isAllowed(issuer) else {
      throw StatusServiceError(.usage, "the setting `oidc.issuer` must be an https address, not `\(issuer)`")
    }
    guard let address = settings["http.publicAddress"], SafeURL.isAllowed(address) else {
      throw StatusServiceError(
        .usage, "`oidc.issuer` needs `http.publicAddress`, the https address to which the provider sends browsers back")
    }
    guard let clientID = settings["oidc.client"] else {
      throw StatusServiceError(.usage, "`oidc.issuer` needs `oidc.client`, as the provider registered it")
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
      throw StatusServiceError(.usage, "`jwt.issuer` needs `jwt.audience` and `jwt.keysFile`, the issuer's JWK set")
    }
    guard let keys = KeySet(try Files.read(path)) else {
      throw StatusServiceError(
        .refused,
        "`\(path)` is not a JWK set with a usable key: RSA of 2,048 bits or more, P-256, P-384, P-521 or Ed25519"
      )
    }
    return IssuedTokens(issuer: issuer, audience: audience, keys: keys, identities: identities)
  }

  /// - Parameters:
  ///   - audit: log for logins; nil to record none.
  ///   - onNotice: called with one line if refused logins cannot be remembered, or logins not recorded.
  func gate(_ audit: (any AuditStore)?, onNotice: @escaping @Sendable (String) -> Void) -> LoginGate {
    let file = refusalsFile
    let record = LoginRecord(audit, onNotice: onNotice)
    return LoginGate(
      kept: file.flatMap { FileManager.default.contents(atPath: $0) }.map { Array($0) },
      save: { bytes in
        guard let file else { return }
        do {
          try Files.write(bytes, to: file, isSecret: true)
        } catch {
          onNotice("wpex serve: \(error)")
        }
      }, note: { attempt in await record.note(attempt) })
  }

  /// Closes the HTTP client of the identity provider.
  func shutDown() {
    let client = client
    Task { try? await client?.shutdown() }
  }
}
