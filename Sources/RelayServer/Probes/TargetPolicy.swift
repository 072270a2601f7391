import CRelaySockets
import Glibc
import RelayCore

/// Which addresses a probe may be sent to.
enum TargetPolicy {
  /// Why `target` is refused, or nil.
  static func refusal(of target: Endpoint, denyPrivate: Bool) -> String? {
    if target.isIPv4 {
      let address = UInt32(truncatingIfNeeded: target.low)
      func within(_ network: UInt32, _ bits: UInt32) -> Bool { address >> (32 - bits) == network >> (32 - bits) }
      if within(0, 8) { return "is no address of a host" }
      if within(0xE000_0000, 4) { return "is a multicast address" }
      if within(0xF000_0000, 4) || relay_is_broadcast(target) { return "is a broadcast or reserved address" }
      if within(0xA9FE_0000, 16) { return "is a link-local address" }
      guard denyPrivate else { return nil }
      let networks: [(UInt32, UInt32)] = [
        (0x0A00_0000, 8), (0x7F00_0000, 8), (0x6440_0000, 10), (0xAC10_0000, 12), (0xC0A8_0000, 16),
        (0xC000_0000, 24), (0xC612_0000, 15),
      ]
      return networks.contains { within($0.0, $0.1) } ? "is a private address, which this relay does not probe" : nil
    }
    if target.high == 0, target.low == 0 { return "is no address of a host" }
    if target.high >> 56 == 0xFF { return "is a multicast address" }
    if target.high >> 54 == 0xFE80 >> 6 { return "is a link-local address" }
    guard denyPrivate else { return nil }
    let isLoopback = target.high == 0 && target.low == 1
    // NAT64 and 6to4 lead to IPv4 addresses that would be refused as such.
    let translated: UInt32? =
      target.high == 0x0064_FF9B_0000_0000
      ? UInt32(truncatingIfNeeded: target.low)
      : target.high >> 48 == 0x2002 ? UInt32(truncatingIfNeeded: target.high >> 16) : nil
    if let translated, let reason = refusal(of: Endpoint(ipv4: translated, port: 0), denyPrivate: true) {
      return reason
    }
    return isLoopback || target.high >> 57 == 0xFC >> 1 ? "is a private address, which this relay does not probe" : nil
  }

  /// Finds the address of a target, by name or number, and judges what was found.
  static func resolve(_ target: String, denyPrivate: Bool) throws(RelayFailure) -> Endpoint {
    guard !target.isEmpty, target.utf8.count <= 253, target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw RelayFailure(.invalid, "the target is no host name or address")
    }
    let endpoint: Endpoint
    if let literal = Endpoint(address: target, port: 0) { endpoint = literal } else { endpoint = try lookUp(target) }
    if let reason = refusal(of: endpoint, denyPrivate: denyPrivate) {
      throw RelayFailure(.invalid, "\(endpoint.addressText) \(reason)")
    }
    return endpoint
  }

  private static func lookUp(_ name: String) throws(RelayFailure) -> Endpoint {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(name, nil, &hints, &found) == 0, let first = found else {
      throw RelayFailure(.invalid, "there is no host \(name)")
    }
    defer { freeaddrinfo(found) }
    var host = [CChar](repeating: 0, count: 128)
    let status = getnameinfo(
      first.pointee.ai_addr, first.pointee.ai_addrlen, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST)
    let text = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard status == 0, let endpoint = Endpoint(address: text, port: 0) else {
      throw RelayFailure(.invalid, "there is no host \(name)")
    }
    return endpoint
  }
}
