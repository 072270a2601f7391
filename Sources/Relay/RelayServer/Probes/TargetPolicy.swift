import CRelaySockets
import Glibc
import ProbePolicy
import RelayCore

/// Permitted targets of probes, taking this machine's networks into account.
enum TargetPolicy {
  /// Returns why `target` is refused; nil if it is permitted.
  static func refusal(of target: Endpoint, _ policy: ProbePolicy) -> String? {
    if target.isIPv4, relay_is_broadcast(target) { return "is a broadcast address" }
    return policy.refusal(of: target.addressBytes)
  }

  /// Resolves a target, given as name or address, and checks the address found.
  ///
  /// The probe uses exactly that address; the name is not resolved again.
  ///
  /// - Throws: `RelayServerError` if there is no such host or its address is not permitted.
  static func resolve(_ target: String, _ policy: ProbePolicy) throws(RelayServerError) -> Endpoint {
    guard !target.isEmpty, target.utf8.count <= 253, target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw RelayServerError(.invalid, "the target is not a host name or address")
    }
    if let literal = Endpoint(address: target, port: 0) {
      if let reason = refusal(of: literal, policy) {
        throw RelayServerError(.invalid, "\(literal.addressText) \(reason)")
      }
      return literal
    }
    // A tenant must not learn which names the provider's DNS servers know, or what they resolve to: both cases read the
    // same.
    let found = Endpoint.addresses(of: target, port: 0).first
    guard let found, refusal(of: found, policy) == nil else {
      throw RelayServerError(
        .invalid,
        policy.deniesPrivate
          ? "\(target) is not a host, or this relay does not probe its address" : "there is no host \(target)")
    }
    return found
  }

}
