/// Where peers reach a relay, as observed.
package enum RelayEndpoint: Sendable, Equatable {
  /// Whether it is known. The raw value is the word of the API.
  package enum State: String, CaseIterable, Sendable { case known, pending, unknown }

  /// `host:port`, with brackets around an IPv6 address.
  case known(String)
  /// The load balancer has no address yet.
  case pending

  /// `host:port`; nil while it is pending.
  package var text: String? {
    guard case .known(let text) = self else { return nil }
    return text
  }

  package var state: State {
    switch self {
    case .known: .known
    case .pending: .pending
    }
  }
}
