package import ConfigModel
package import ConnectionGuards
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import KeyBundles
import Logging
package import MeasurementRoute
import NIOCore
import ServiceLifecycle
package import StatusModel
import TextFormats

/// HTTP server of the read-only status API and its pages.
package struct StatusServer: Sendable {
  /// Settings of the server.
  package struct Settings: Sendable {
    /// Address or host name to listen on.
    package var host: String
    /// Port to listen on; 0 for any free port.
    package var port: Int
    /// Networks of proxies whose `X-Forwarded-For` header is trusted.
    package var trustedProxies: [IPNetwork] = []
    /// URL at which browsers reach the server; nil if they connect directly. If it is https, the server needs a
    /// certificate, or a proxy terminates TLS.
    package var publicAddress: String?
    /// Certificate with which the server speaks TLS itself; nil for plain HTTP.
    package var certificate: ServerCertificate?
    /// Whether the page accepts the local token after the `#` of its URL, as printed by `wpex up`.
    package var takesLinks = false
    /// Identity providers to log in with; nil if there are none.
    package var providers: ProviderLogins?
    /// Throttle and reports of login attempts.
    package var gate = LoginGate()
    /// Has relays measure for users; nil if this server does not. It changes nothing that is declared.
    package var measurements: MeasurementRoute?
    /// Most concurrent connections.
    package var connections = 4_096
    /// Timeouts of connections.
    package var timeouts = ConnectionTimeouts()
    /// Called with what a viewer has opened.
    package var attend: @Sendable (Attention) async -> Void = { _ in }

    /// Creates settings with defaults.
    package init(host: String, port: Int) {
      self.host = host
      self.port = port
    }

    /// Whether browsers connect over TLS.
    package var isSecure: Bool { certificate != nil || publicAddress?.hasPrefix("https://") ?? false }

    /// Rules that recognize requests of this server's own pages.
    var ownOrigin: OwnOrigin {
      OwnOrigin(publicAddress: publicAddress, listensOn: trustedProxies.isEmpty ? host : nil)
    }

    /// Methods for the login page.
    var loginMethods: [LoginMethod] {
      (providers?.methods ?? []) + [LoginMethod(kind: .token, label: "Access token")]
    }

    /// Header fields of every response.
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
  private let board: SnapshotPublisher
  private let authenticators: any Authenticator
  private let localToken: LocalToken?
  private let sessions: SessionStore
  private let pages: (any StaticFiles)?
  private let audit: (any AuditReading)?
  private let seal: CursorCipher

  /// Creates a server.
  ///
  /// - Parameters:
  ///   - settings: settings of the server.
  ///   - board: source of snapshots and events.
  ///   - authenticators: all authenticators, including `sessions` and `localToken`.
  ///   - localToken: authenticates the token printed at startup; nil if there is none.
  ///   - sessions: sessions of logged-in viewers.
  ///   - pages: pages of the dashboard; nil for none.
  ///   - audit: audit log; nil for none.
  ///   - secret: 32 random bytes that seal cursors; servers that share them accept each other's.
  /// - Throws: `KeyBundleError` if OpenSSL has no HMAC.
  package init(
    _ settings: Settings, board: SnapshotPublisher, authenticators: any Authenticator, localToken: LocalToken?,
    sessions: SessionStore, pages: (any StaticFiles)?, audit: (any AuditReading)?, secret: SecretBytes
  ) throws {
    self.settings = settings
    self.board = board
    self.authenticators = authenticators
    self.localToken = localToken
    self.sessions = sessions
    self.pages = pages
    self.audit = audit
    seal = try CursorCipher(secret: secret)
  }

  /// Seconds that requests in progress may take when the server shuts down.
  private static let shutdownSeconds = 2

  /// Serves until the task is cancelled.
  ///
  /// Event streams then receive a final event, and requests in progress are completed, for at most two seconds.
  ///
  /// - Parameter onBind: called with the port once the server listens.
  /// - Throws: An error if the server cannot listen or fails.
  package func run(onBind: @escaping @Sendable (Int) -> Void) async throws {
    let responder = StatusResponder(
      board: board, settings: settings, authenticators: authenticators, localToken: localToken, sessions: sessions,
      pages: pages, audit: audit, seal: seal, files: FileCache(), counters: ServerCounters(),
      openAPI: CachedBody(Array(OpenAPI.document.text().utf8), contentType: "application/json"))
    var logger = Logger(label: "wpex.status.http")
    logger.logLevel = .error
    var decoder = HTTP1Channel.Configuration.DecoderConfiguration()
    decoder.maxHeaderFieldSize = 8 << 10
    decoder.maxHeaderListSize = 16 << 10
    decoder.maxHeaderFieldCount = 100
    let proxies = settings.trustedProxies
    let connections = ConnectionTable(capacity: settings.connections) { peer in
      peer.ipAddress.flatMap(AddressRules.address).map { AddressRules.isIn($0, proxies) } ?? false
    }
    let timeouts = settings.timeouts
    let channels = HTTP1Channel.Configuration(
      additionalChannelHandlers: [HTTPTypesConnectionGuard(connections, timeouts: timeouts)],
      httpDecoderConfiguration: decoder)
    let port = settings.port
    let plain = HTTPServerBuilder.http1(configuration: channels)
    let server = try settings.certificate.map { try .tls(plain, tlsConfiguration: $0.configuration) } ?? plain
    let application = Application(
      responder: responder, server: server,
      configuration: .init(
        address: .hostname(settings.host, port: port), serverName: nil, backlog: 1_024),
      onServerRunning: { [logger] channel in
        await AcceptPause.add(to: channel) { logger.error("new connections wait, because none can be accepted: \($0)") }
        onBind(channel.localAddress?.port ?? port)
      }, logger: logger)
    var configuration = ServiceGroupConfiguration(services: [application], logger: logger)
    configuration.maximumGracefulShutdownDuration = .seconds(Self.shutdownSeconds)
    let group = ServiceGroup(configuration: configuration)
    // Cancellation would close every connection at once. The group therefore runs in its own task and shuts down
    // gracefully.
    let serving = Task { try await group.run() }
    let events = board.events
    try await withTaskCancellationHandler {
      do {
        try await serving.value
      } catch {
        // Requests that exceed the shutdown period are not an error of the server.
        guard Task.isCancelled else { throw error }
      }
    } onCancel: {
      Task {
        await events.close()
        await group.triggerGracefulShutdown()
      }
    }
  }
}
