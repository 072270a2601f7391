/// A host and a port, as addresses to listen at and endpoints name them.
package struct HostPort: Sendable, Equatable {
  /// Name or address, without brackets; empty if the text names none.
  package let host: String
  package let port: UInt16

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Returns `host:port`, with brackets around an IPv6 address.
  package static func text(_ host: String, _ port: some BinaryInteger) -> String {
    host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// Parses `host:port`, `[v6]:port` or `:port`.
  ///
  /// - Parameter acceptsBareIPv6: Whether an IPv6 address may lack its brackets: the port is behind the last colon.
  /// - Returns: nil if the text has another form, or a port above 65,535.
  package init?(_ text: some StringProtocol, acceptsBareIPv6: Bool = false) {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let digits = text[text.index(after: colon)...]
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits) else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":"), !acceptsBareIPv6 {
      return nil
    }
    self.init(host: String(host), port: port)
  }
}
