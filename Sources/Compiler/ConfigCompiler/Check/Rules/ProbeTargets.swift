import ConfigModel
import Diagnostics
import ProbePolicy

/// A relay stands in the provider's network, and refuses to probe it for a tenant. A target that is written as an address is
/// known here already; a name is judged by the relay, whenever it is looked up.
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
  /// What relays hold for every tenant.
  var ofTenants: ProbePolicy {
    func ranges(_ networks: [String]) -> [AddressRange] {
      networks.compactMap { IPNetwork($0) }.map { AddressRange($0.address.bytes, $0.prefixLength) }
    }
    return ProbePolicy(deniesPrivate: true, allowed: ranges(allowedNetworks), denied: ranges(deniedNetworks))
  }
}
