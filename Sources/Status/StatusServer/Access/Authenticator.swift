import ConfigCompiler
package import ConfigModel
package import StatusModel

/// The parts of a request that identify its sender.
package struct AccessRequest: Sendable {
  /// Token after `Authorization: Bearer`; nil if there is none.
  package let bearer: String?
  /// Cookies by name.
  package let cookies: [String: String]
  /// Address of the client, behind any trusted proxies; nil if unknown.
  package let address: IPAddress?

  /// Creates the parts of a request.
  package init(bearer: String? = nil, cookies: [String: String] = [:], address: IPAddress? = nil) {
    self.bearer = bearer
    self.cookies = cookies
    self.address = address
  }
}

/// Decision of an authenticator.
package enum AccessDecision: Sendable {
  /// The request has no credentials of this kind; another authenticator may recognize it.
  case unknown
  /// The request has credentials of this kind, but they do not grant access.
  case refused
  /// The request is authenticated.
  case viewer(Viewer)
}

/// Identifies the sender of a request and determines its permissions from the applied commit.
///
/// It is called for every request, so that a revoked permission is effective at once.
package protocol Authenticator: Sendable {
  /// Returns the decision on a request.
  func decide(_ request: AccessRequest, _ snapshot: StatusSnapshot) async -> AccessDecision
}

/// All authenticators of a server, in order. The first one that recognizes the credentials decides.
package struct Authenticators: Authenticator {
  private let all: [any Authenticator]

  /// Creates a chain of authenticators.
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
  /// Returns a user as a viewer; nil if the user is not active or not allowed from this address.
  func viewer(_ id: UserID, method: String, expires: Double? = nil, from address: IPAddress?) -> Viewer? {
    guard let viewer = viewer(id, method: method, expires: expires), allows(id, from: address) else { return nil }
    return viewer
  }

  /// Returns whether a user is allowed from an address.
  func allows(_ id: UserID, from address: IPAddress?) -> Bool {
    user(id).map { AddressRules.allow(address, $0.access.ipAllowlist) } ?? false
  }
}
