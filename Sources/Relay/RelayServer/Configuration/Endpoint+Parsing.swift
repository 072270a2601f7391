import Glibc
import ProbePolicy
import RelayCore

extension Endpoint {
  /// Parses an address of either family, without a port: `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`.
  init?(address text: String, port: UInt16) {
    var ipv4 = in_addr()
    if inet_pton(AF_INET, text, &ipv4) == 1 {
      self.init(ipv4: UInt32(bigEndian: ipv4.s_addr), port: port)
      return
    }
    let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    var ipv6 = in6_addr()
    guard let first = parts.first, inet_pton(AF_INET6, String(first), &ipv6) == 1 else { return nil }
    var scope: UInt32 = 0
    if parts.count == 2 {
      scope = UInt32(parts[1]) ?? if_nametoindex(String(parts[1]))
      guard scope != 0 else { return nil }
    }
    let (high, low) = withUnsafeBytes(of: &ipv6) {
      ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }
    self.init(ipv6: UInt64(bigEndian: high), UInt64(bigEndian: low), port: port, scope: scope)
  }
}

extension Endpoint {
  /// The 16 bytes of the address; IPv4 as `::ffff:192.0.2.1`.
  var addressBytes: [UInt8] { Array(bytes.prefix(16)) }
}

extension AddressRange {
  /// Parses `ADDRESS/BITS`.
  init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Substring.init)
    guard parts.count == 2, let address = Endpoint(address: String(parts[0]), port: 0), address.scope == 0,
      let bits = UInt8(parts[1]), Int(bits) <= (address.isIPv4 ? 32 : 128)
    else { return nil }
    self.init(Array(address.addressBytes.suffix(address.isIPv4 ? 4 : 16)), Int(bits))
  }
}
