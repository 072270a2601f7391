package import ConfigModel
package import ConnectionGuards
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
package import KeyBundles
import Logging
import NIOCore
import ServiceLifecycle
package import StatusModel
import TextFormats

/// The read-only status API and its pages over HTTP.
package struct StatusServer: Sendable {
  package struct Settings: Sendable {
    package var host: String
    package var port: Int
    /// Proxies whose `X-Forwarded-For` counts.
    package var trustedProxies: [IPNetwork] = []
    /// Where browsers find this server; of https, a proxy in front ends TLS. Nil where they come directly.
    package var publicAddress: String?
    /// Whether the page takes the local token from behind the `#` of an address, as `wpex up` prints it.
    package var takesLinks = false
    /// Identity providers that people log in with; nil where there is none.
    package var providers: ProviderLogins?
    package var gate = LoginGate()
    /// Connections at a time.
    package var connections = 4_096
    package var patience = ConnectionPatience()
    /// Told what was looked at.
    package var attend: @Sendable (Attention) async -> Void = { _ in }

    package init(host: String, port: Int) {
      self.host = host
      self.port = port
    }

    /// Whether browsers come over TLS.
    package var isSecure: Bool { publicAddress?.hasPrefix("https://") ?? false }

    /// Which pages are this server's own.
    var ownOrigin: OwnOrigin {
      OwnOrigin(publicAddress: publicAddress, listensOn: trustedProxies.isEmpty ? host : nil)
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
  private let localToken: LocalToken?
  private let sessions: SessionStore
  private let pages: (any StaticFiles)?
  private let audit: (any AuditReading)?
  private let seal: CursorSeal

  /// - Parameters:
  ///   - authenticators: who lets whom in; `sessions` and `localToken` are among them.
  ///   - secret: what cursors are closed with; servers that share it read each other's.
  /// - Throws: `KeyBundleError` where OpenSSL has no HMAC.
  package init(
    _ settings: Settings, board: StatusBoard, authenticators: any Authenticator, localToken: LocalToken?,
    sessions: SessionStore, pages: (any StaticFiles)?, audit: (any AuditReading)?, secret: SecretBytes
  ) throws {
    self.settings = settings
    self.board = board
    self.authenticators = authenticators
    self.localToken = localToken
    self.sessions = sessions
    self.pages = pages
    self.audit = audit
    seal = try CursorSeal(secret: secret)
  }

  /// How long requests that are under way may take when the server ends, in seconds.
  private static let shutdownSeconds = 2

  /// Serves until the task is cancelled. Streams of events then get their last event, and requests that are under way
  /// their answers, for at most two seconds.
  ///
  /// - Parameter bound: told of the port.
  package func run(bound: @escaping @Sendable (Int) -> Void) async throws {
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
    let patience = settings.patience
    let channels = HTTP1Channel.Configuration(
      additionalChannelHandlers: [HTTPTypesConnectionGuard(connections, patience: patience)],
      httpDecoderConfiguration: decoder)
    let port = settings.port
    let application = Application(
      responder: responder, server: .http1(configuration: channels),
      configuration: .init(
        address: .hostname(settings.host, port: port), serverName: nil, backlog: 1_024),
      onServerRunning: { [logger] channel in
        await AcceptPause.add(to: channel) { logger.error("connections wait, because none can be taken: \($0)") }
        bound(channel.localAddress?.port ?? port)
      }, logger: logger)
    var configuration = ServiceGroupConfiguration(services: [application], logger: logger)
    configuration.maximumGracefulShutdownDuration = .seconds(Self.shutdownSeconds)
    let group = ServiceGroup(configuration: configuration)
    // Cancellation would close every connection at once. So the group runs in a task of its own, and ends in its own time.
    let serving = Task { try await group.run() }
    let events = board.events
    try await withTaskCancellationHandler {
      do {
        try await serving.value
      } catch {
        // Requests that took longer than the server waits are no failure of the server.
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
