import ConfigCompiler
import ConfigModel
import FairShares
import FoundationEssentials
package import StatusAuthentication
import StatusModel

/// Logins with identity providers: `/login/oidc/NAME` and its callback.
package struct ProviderLogins: Sendable {
  /// Methods for the login page.
  package let methods: [LoginMethod]
  private let names: Set<String>
  private let flow: LoginFlow
  private let identities: DeclaredIdentities

  /// Creates the logins of all providers.
  ///
  /// - Parameters:
  ///   - issuers: the providers.
  ///   - publicAddress: URL at which browsers reach this server, without a trailing slash.
  ///   - transport: transport of requests to the providers.
  ///   - identities: maps identities to users.
  package init(
    _ issuers: [IssuerSettings], publicAddress: String, transport: any IssuerTransport, identities: DeclaredIdentities
  ) {
    self.identities = identities
    methods = issuers.map { LoginMethod(kind: .oidc, label: $0.label, start: "/login/oidc/\($0.name)") }
    names = Set(issuers.map(\.name))
    flow = LoginFlow(issuers, transport: transport) { "\(publicAddress)/login/oidc/\($0)/callback" }
  }

  /// Step of a login, with the provider's name.
  enum Step: Equatable {
    case begin(String)
    case finish(String)
  }

  /// Returns the step that a path denotes; nil if it is neither.
  func step(_ segments: [String]) -> Step? {
    guard segments.count >= 3, segments[0] == "login", segments[1] == "oidc", names.contains(segments[2]) else {
      return nil
    }
    if segments.count == 3 { return .begin(segments[2]) }
    return segments.count == 4 && segments[3] == "callback" ? .finish(segments[2]) : nil
  }

  /// Begins a login.
  ///
  /// - Parameters:
  ///   - name: name of the provider.
  ///   - next: path on this server to continue to afterwards.
  ///   - address: address of the client.
  ///   - binding: cookie of an earlier login begun in this browser.
  ///   - now: seconds since 1970.
  /// - Throws: `LoginFlow.Failure`.
  func begin(
    _ name: String, next: String, from address: IPAddress?, binding: String?, now: Double
  ) async throws -> LoginFlow.Start {
    try await flow.begin(
      name, next: next, from: .client(address), binding: binding, now: Timestamp(unixSeconds: Int64(now)))
  }

  /// Finishes a login.
  ///
  /// - Parameters:
  ///   - name: name of the provider.
  ///   - query: parameters of the callback.
  ///   - binding: cookie that ties the login to the browser.
  ///   - snapshot: snapshot in which the user is looked up.
  ///   - now: seconds since 1970.
  /// - Returns: The identity, its user if one declares it, and the path to continue to.
  /// - Throws: `LoginFlow.Failure`.
  func finish(
    _ name: String, query: [String: String], binding: String?, _ snapshot: StatusSnapshot, now: Double
  ) async throws -> (identity: Identity, user: UserID?, next: String) {
    let finish = try await flow.finish(
      name, query: query, binding: binding, now: Timestamp(unixSeconds: Int64(now)))
    return (finish.identity, identities.user(finish.identity, snapshot), finish.next)
  }
}
