import ConfigCompiler
import ConfigModel
import FairShares
import FoundationEssentials
package import StatusAuthentication
import StatusModel

/// Logins with identity providers: `/login/oidc/NAME`, and the way back.
package struct ProviderLogins: Sendable {
  /// What stands on the login page.
  package let methods: [LoginMethod]
  private let names: Set<String>
  private let flow: LoginFlow
  private let identities: DeclaredIdentities

  /// - Parameters:
  ///   - publicAddress: where browsers find this server, without a final `/`.
  package init(
    _ issuers: [IssuerSettings], publicAddress: String, transport: any IssuerTransport, identities: DeclaredIdentities
  ) {
    self.identities = identities
    methods = issuers.map { LoginMethod(kind: .oidc, label: $0.label, start: "/login/oidc/\($0.name)") }
    names = Set(issuers.map(\.name))
    flow = LoginFlow(issuers, transport: transport) { "\(publicAddress)/login/oidc/\($0)/callback" }
  }

  /// Which provider's beginning or end a path is.
  enum Step: Equatable {
    case begin(String)
    case finish(String)
  }

  func step(_ segments: [String]) -> Step? {
    guard segments.count >= 3, segments[0] == "login", segments[1] == "oidc", names.contains(segments[2]) else {
      return nil
    }
    if segments.count == 3 { return .begin(segments[2]) }
    return segments.count == 4 && segments[3] == "callback" ? .finish(segments[2]) : nil
  }

  func begin(
    _ name: String, next: String, from address: IPAddress?, binding: String?, now: Double
  ) async throws -> LoginFlow.Start {
    try await flow.begin(
      name, next: next, from: .client(address), binding: binding, now: Timestamp(unixSeconds: Int64(now)))
  }

  /// - Returns: The identity, whose it is in the repository, and where to go then.
  func finish(
    _ name: String, query: [String: String], binding: String?, _ snapshot: StatusSnapshot, now: Double
  ) async throws -> (identity: Identity, user: UserID?, next: String) {
    let finish = try await flow.finish(
      name, query: query, binding: binding, now: Timestamp(unixSeconds: Int64(now)))
    return (finish.identity, identities.user(finish.identity, snapshot), finish.next)
  }
}
