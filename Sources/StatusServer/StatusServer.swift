package import ConfigModel
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
package import KeyBundles
import Logging
import NIOCore
import ServiceLifecycle
package import StatusModel
import StructuredText

/// The read-only status API and its pages over HTTP.
package struct StatusServer: Sendable {
  package struct Settings: Sendable {
    package var host: String
    package var port: Int
    /// Proxies whose `X-Forwarded-For` counts.
    package var trustedProxies: [IPNetwork] = []
    /// Whether browsers come over TLS, which a proxy in front ends.
    package var isSecure = false
    /// Identity providers that people log in with; nil where there is none.
    package var providers: ProviderLogins?
    package var gate = LoginGate()
    /// Connections at a time; more wait until one ends.
    package var connections = 4_096
    /// Seconds without a request after which a connection is closed.
    package var idle = 30.0
    /// Seconds for a request to end, and for an answer to move.
    package var patience = 20.0
    /// Told what was looked at.
    package var attend: @Sendable (Attention) async -> Void = { _ in }

    package init(host: String, port: Int) {
      self.host = host
      self.port = port
    }

    /// The ways in, for the login page.
    var loginMethods: [LoginMethod] {
      (providers?.methods ?? []) + [LoginMethod(kind: .token, label: "Access token")]
    }

    /// What every answer carries.
    var headers: HTTPFields { isSecure ? Self.secureHeaders : Self.plainHeaders }

    private static let secureHeaders = {
      var headers = plainHeaders
      headers[.strictTransportSecurity] = "max-age=31536000; includeSubDomains"
      return headers
    }()

    private static let plainHeaders: HTTPFields = {
      var headers = HTTPFields()
      headers[.contentSecurityPolicy] =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        + "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
      headers[.xContentTypeOptions] = "nosniff"
      for (name, value) in [
        ("referrer-policy", "same-origin"), ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"), ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
      ] {
        if let name = HTTPField.Name(name) { headers[name] = value }
      }
      return headers
    }()
  }

  private let settings: Settings
  private let board: StatusBoard
  private let authenticators: any Authenticator
  private let sessions: SessionStore
  private let pages: (any StaticFiles)?
  private let audit: (any AuditReading)?
  private let seal: CursorSeal

  /// - Parameters:
  ///   - authenticators: who lets whom in; `sessions` is one of them.
  ///   - secret: what cursors are closed with; servers that share it read each other's.
  /// - Throws: `KeyBundleError` where OpenSSL has no HMAC.
  package init(
    _ settings: Settings, board: StatusBoard, authenticators: any Authenticator, sessions: SessionStore,
    pages: (any StaticFiles)?, audit: (any AuditReading)?, secret: SecretBytes
  ) throws {
    self.settings = settings
    self.board = board
    self.authenticators = authenticators
    self.sessions = sessions
    self.pages = pages
    self.audit = audit
    seal = try CursorSeal(secret: secret)
  }

  /// Serves until the task is cancelled.
  ///
  /// - Parameter bound: told of the port.
  package func run(bound: @escaping @Sendable (Int) -> Void) async throws {
    let responder = StatusResponder(
      board: board, settings: settings, authenticators: authenticators, sessions: sessions, pages: pages, audit: audit,
      seal: seal, files: FileCache(), counters: ServerCounters(),
      openAPI: CachedBody(Array(OpenAPI.document.text().utf8), contentType: "application/json"))
    var logger = Logger(label: "wpex.status.http")
    logger.logLevel = .error
    var decoder = HTTP1Channel.Configuration.DecoderConfiguration()
    decoder.maxHeaderFieldSize = 8 << 10
    decoder.maxHeaderListSize = 16 << 10
    decoder.maxHeaderFieldCount = 100
    let patience = TimeAmount.milliseconds(Int64(settings.patience * 1_000))
    let channels = HTTP1Channel.Configuration(
      additionalChannelHandlers: [ConnectionGuard(patience: patience)],
      idleTimeout: .milliseconds(Int64(settings.idle * 1_000)), httpDecoderConfiguration: decoder)
    let port = settings.port
    let application = Application(
      responder: responder, server: .http1(configuration: channels),
      configuration: .init(
        address: .hostname(settings.host, port: port), serverName: nil, backlog: 1_024,
        availableConnectionsDelegate: .maximum(settings.connections, logger: logger)),
      onServerRunning: { channel in bound(channel.localAddress?.port ?? port) }, logger: logger)
    try await application.run()
  }
}
