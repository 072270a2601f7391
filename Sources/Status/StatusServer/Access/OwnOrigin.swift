import ConfigModel

/// Tells pages of this server from those of others, by what browsers say of a request. Programs need not say anything.
///
/// A page whose name resolves to this server's address is of this origin to a browser. Where it is known by which name
/// browsers find the server, others are refused: who has such a page could otherwise send logins from wherever somebody
/// looks at it, and have that network wait.
struct OwnOrigin: Sendable {
  /// The one name besides addresses and `localhost`; nil where any may be right.
  private let name: String?

  /// - Parameters:
  ///   - publicAddress: where browsers find the server; nil where that is not said.
  ///   - host: what it listens on; nil where a proxy may come with any name.
  init(publicAddress: String?, listensOn host: String?) {
    let parts = publicAddress?.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false) ?? []
    if parts.count > 2 {
      name = Self.name(of: parts[2])
    } else {
      let isLoopback = host.flatMap(AddressRules.address)?.isLoopback ?? (host == "localhost")
      name = isLoopback ? "localhost" : nil
    }
  }

  /// - Parameters:
  ///   - origin: the header `Origin`.
  ///   - site: the header `Sec-Fetch-Site`.
  ///   - host: what the request asks for, with its port.
  func accepts(origin: String?, site: String?, host: String) -> Bool {
    if let site, site != "same-origin", site != "none" { return false }
    guard let origin else { return true }
    guard origin == "http://\(host)" || origin == "https://\(host)" else { return false }
    guard let name else { return true }
    let asked = Self.name(of: host[...])
    return asked == name || asked == "localhost" || IPAddress(asked) != nil
  }

  /// The name of `name:port`, without brackets.
  private static func name(of authority: Substring) -> String {
    if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
    return String(authority.prefix { $0 != ":" }).lowercased()
  }
}

extension IPAddress {
  fileprivate var isLoopback: Bool {
    isIPv4 ? bytes.first == 127 : bytes.last == 1 && bytes.dropLast().allSatisfy { $0 == 0 }
  }
}
