import ConfigModel
import Diagnostics
import ProbePolicy

/// Tenants should not probe the provider's network, in which relays run.
///
/// This rule checks targets written as addresses. The relay itself checks names, each time it resolves them.
enum ProbeTargets: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard let policy = context.spec?.policy.probes.ofTenants else { return }
    for relay in unit.relays {
      for (position, probe) in relay.spec.probes.enumerated() {
        for (field, target) in [("ping", probe.ping), ("traceroute", probe.traceroute)] {
          guard let target, let reason = refusal(of: target, policy) else { continue }
          report.add(
            .privateProbeTarget, "the relay will not probe `\(target)`: it \(reason)",
            at: relay.place(["spec", "probes", .index(position), .field(field)]),
            help: "probe a public address; the platform can name networks in `policy.probes.allowedNetworks`")
        }
      }
    }
  }

  private static func refusal(of target: String, _ policy: ProbePolicy) -> String? {
    if let address = IPAddress(target)?.bytes ?? HostLiteral.ipv4(target) { return policy.refusal(of: address) }
    return HostLiteral.isLocalhost(target) ? policy.refusal(of: [127, 0, 0, 1]) : nil
  }
}

extension ProbeNetworks {
  /// The policy that relays apply to every tenant.
  var ofTenants: ProbePolicy {
    func ranges(_ networks: [String]) -> [AddressRange] {
      networks.compactMap { IPNetwork($0) }.map { AddressRange($0.address.bytes, $0.prefixLength) }
    }
    return ProbePolicy(deniesPrivate: true, allowed: ranges(allowedNetworks), denied: ranges(deniedNetworks))
  }
}
