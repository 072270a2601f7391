import ConfigCompiler
import ConfigModel
import FoundationEssentials
package import StatusAccess
import StatusModel

/// Logins with identity providers: `/login/oidc/NAME`, and the way back.
package struct ProviderLogins: Sendable {
  /// What stands on the login page.
  package let methods: [LoginMethod]
  private let names: Set<String>
  private let flow: LoginFlow
  private let identities = ModelIndex<IdentityDirectory?>(nil) { $0.model.map { IdentityDirectory($0.compilation) } }

  /// - Parameters:
  ///   - publicAddress: where browsers find this server, without a final `/`.
  package init(_ issuers: [IssuerSettings], publicAddress: String, transport: any IssuerTransport) {
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

  func begin(_ name: String, next: String, now: Double) async throws -> LoginFlow.Start {
    try await flow.begin(name, next: next, now: Timestamp(unixSeconds: Int64(now)))
  }

  /// - Returns: Whose login it is, where the identity is a user's, and where to go then.
  func finish(
    _ name: String, query: [String: String], binding: String?, _ snapshot: StatusSnapshot, now: Double
  ) async throws -> (user: UserID?, next: String) {
    let finish = try await flow.finish(
      name, query: query, binding: binding, now: Timestamp(unixSeconds: Int64(now)))
    return (identities.value(for: snapshot)?.user(finish.identity), finish.next)
  }
}
