import ConfigModel

/// Distinguishes requests of this server's pages from those of other sites, by what browsers state about them.
///
/// Other clients need not state anything.
///
/// A browser considers a page of any host name that resolves to this server as same-origin (DNS rebinding). If the name
/// of the server is known, all others are refused: otherwise such a page could send login attempts from its visitors'
/// networks and have those networks throttled.
struct OwnOrigin: Sendable {
  /// The only host name accepted besides addresses and `localhost`; nil to accept any.
  private let name: String?

  /// Creates the rules of a server.
  ///
  /// - Parameters:
  ///   - publicAddress: URL at which browsers reach the server; nil if not configured.
  ///   - host: address it listens on; nil if a proxy may use any host name.
  init(publicAddress: String?, listensOn host: String?) {
    let parts = publicAddress?.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false) ?? []
    if parts.count > 2 {
      name = Self.name(of: parts[2])
    } else {
      let isLoopback = host.flatMap(AddressRules.address)?.isLoopback ?? (host == "localhost")
      name = isLoopback ? "localhost" : nil
    }
  }

  /// Returns whether a request comes from a page of this server, or from a client that is not a browser.
  ///
  /// - Parameters:
  ///   - origin: header `Origin`.
  ///   - site: header `Sec-Fetch-Site`.
  ///   - host: host of the request, with its port.
  func accepts(origin: String?, site: String?, host: String) -> Bool {
    if let site, site != "same-origin", site != "none" { return false }
    guard let origin else { return true }
    guard origin == "http://\(host)" || origin == "https://\(host)" else { return false }
    guard let name else { return true }
    let asked = Self.name(of: host[...])
    return asked == name || asked == "localhost" || IPAddress(asked) != nil
  }

  /// Returns the host of `host:port`, without brackets.
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
