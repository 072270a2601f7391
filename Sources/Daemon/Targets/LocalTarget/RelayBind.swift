package import ConfigModel

/// Where relays of a `LocalTarget` listen for peers. Members of a cluster and statistics stay on loopback.
package enum RelayBind: Equatable, Sendable {
  /// The loopback address of the relay's region.
  case loopback
  /// One address of this machine.
  case address(IPAddress)
  /// All addresses of this machine, IPv4 and IPv6.
  case any

  /// Values in settings.
  package static let values = "an address of this machine, `any` or `loopback`"

  /// Parses a value of settings; nil if `text` is not one.
  package init?(_ text: String) {
    switch text {
    case "any": self = .any
    case "loopback": self = .loopback
    default:
      guard let address = IPAddress(text) else { return nil }
      self = .address(address)
    }
  }

  /// Arguments of a process whose loopback address is `loopback`.
  func arguments(loopback: String) -> [String] {
    switch self {
    case .loopback: ["--bind", loopback]
    case .address(let address): ["--bind", "\(address)"]
    case .any: []
    }
  }
}
