import CRelaySockets
import Glibc
import ProbePolicy
import RelayCore

/// Which addresses a probe may be sent to, on this machine.
enum TargetPolicy {
  /// Why `target` is refused, or nil.
  static func refusal(of target: Endpoint, _ policy: ProbePolicy) -> String? {
    if target.isIPv4, relay_is_broadcast(target) { return "is a broadcast address" }
    return policy.refusal(of: target.addressBytes)
  }

  /// Finds the address of a target, by name or number, and judges what was found: that address is probed, and the name is
  /// not looked up again.
  static func resolve(_ target: String, _ policy: ProbePolicy) throws(RelayFailure) -> Endpoint {
    guard !target.isEmpty, target.utf8.count <= 253, target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw RelayFailure(.invalid, "the target is not a host name or address")
    }
    if let literal = Endpoint(address: target, port: 0) {
      if let reason = refusal(of: literal, policy) {
        throw RelayFailure(.invalid, "\(literal.addressText) \(reason)")
      }
      return literal
    }
    // Which names the provider's own servers know, and what they lead to, is not a tenant's business: both read the same.
    let found = lookUp(target)
    guard let found, refusal(of: found, policy) == nil else {
      throw RelayFailure(
        .invalid,
        policy.deniesPrivate
          ? "\(target) is not a host, or this relay does not probe its address" : "there is no host \(target)")
    }
    return found
  }

  private static func lookUp(_ name: String) -> Endpoint? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(name, nil, &hints, &found) == 0, let first = found else { return nil }
    defer { freeaddrinfo(found) }
    var host = [CChar](repeating: 0, count: 128)
    let status = getnameinfo(
      first.pointee.ai_addr, first.pointee.ai_addrlen, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST)
    let text = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return status == 0 ? Endpoint(address: text, port: 0) : nil
  }
}
