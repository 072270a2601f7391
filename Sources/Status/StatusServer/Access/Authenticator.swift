import ConfigCompiler
package import ConfigModel
package import StatusModel

/// What of a request tells who sends it.
package struct AccessRequest: Sendable {
  /// What stands behind `Authorization: Bearer`.
  package let bearer: String?
  package let cookies: [String: String]
  /// The client's, behind proxies that are trusted.
  package let address: IPAddress?

  package init(bearer: String? = nil, cookies: [String: String] = [:], address: IPAddress? = nil) {
    self.bearer = bearer
    self.cookies = cookies
    self.address = address
  }
}

/// What an authenticator makes of a request.
package enum AccessDecision: Sendable {
  /// It carries nothing of this kind: another one may know it.
  case unknown
  /// It carries something that does not let in.
  case refused
  case viewer(Viewer)
}

/// Finds out who sends a request, and what that viewer may see by the applied commit: it is asked anew for every request,
/// so that a right that is taken away is gone at once.
package protocol Authenticator: Sendable {
  func decide(_ request: AccessRequest, _ snapshot: StatusSnapshot) async -> AccessDecision
}

/// All authenticators of a server, in their order: the first one that knows what a request carries decides.
package struct Authenticators: Authenticator {
  private let all: [any Authenticator]

  package init(_ all: [any Authenticator]) { self.all = all }

  package func decide(_ request: AccessRequest, _ snapshot: StatusSnapshot) async -> AccessDecision {
    for authenticator in all {
      switch await authenticator.decide(request, snapshot) {
      case .unknown: continue
      case let decision: return decision
      }
    }
    return .unknown
  }
}

extension StatusSnapshot {
  /// A user as a viewer, where it may come from this address; nil where it may not, or is not active.
  func viewer(_ id: UserID, method: String, expires: Double? = nil, from address: IPAddress?) -> Viewer? {
    guard let viewer = viewer(id, method: method, expires: expires), allows(id, from: address) else { return nil }
    return viewer
  }

  /// Whether a user may come from an address.
  func allows(_ id: UserID, from address: IPAddress?) -> Bool {
    user(id).map { AddressRules.allow(address, $0.access.ipAllowlist) } ?? false
  }
}
