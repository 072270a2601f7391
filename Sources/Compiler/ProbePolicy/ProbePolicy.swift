/// The addresses to which tenants' probes and diagnostics may be sent.
package struct ProbePolicy: Sendable, Equatable {
  /// Whether addresses inside the provider's networks are refused.
  package var deniesPrivate = false
  /// Networks that may be probed although they are inside.
  package var allowed: [AddressRange] = []
  /// Networks that may never be probed; takes precedence over `allowed`.
  package var denied: [AddressRange] = []

  /// Makes the policy that refuses only addresses of scope `none`.
  package init() {}

  package init(deniesPrivate: Bool, allowed: [AddressRange] = [], denied: [AddressRange] = []) {
    self.deniesPrivate = deniesPrivate
    self.allowed = allowed
    self.denied = denied
  }

  /// Returns why an address is refused, as the end of a sentence about it; nil if it may be probed.
  package func refusal(of address: [UInt8]) -> String? {
    let address = Self.withoutMapping(address)
    if case .none(let reason) = AddressScope(of: address) { return reason }
    if denied.contains(where: { $0.contains(address) }) { return "is in a network that must not be probed" }
    guard deniesPrivate, AddressScope(of: address) == .inside, !allowed.contains(where: { $0.contains(address) }) else {
      return nil
    }
    return "is a private address, which tenants cannot probe"
  }

  /// Returns the IPv4 address of `::ffff:192.0.2.1`: every system treats the two as the same.
  private static func withoutMapping(_ address: [UInt8]) -> [UInt8] {
    let prefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
    return address.count == 16 && address.starts(with: prefix) ? Array(address[12...]) : address
  }
}
