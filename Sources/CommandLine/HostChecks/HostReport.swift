/// Findings of all checks, and lines to copy.
package struct HostReport: Sendable {
  /// Programs that configure the firewall.
  package enum Firewall: String, Sendable, CaseIterable {
    case nftables, ufw, none
  }

  /// In the order of `HostCheck`.
  package let findings: [HostFinding]
  /// Lines for `/etc/sysctl.d`.
  package var settings: [HostFinding.Setting] { findings.flatMap(\.settings) }
  private let ports: [Int]
  private let isTracking: Bool

  package init(_ facts: HostFacts) {
    findings = HostCheck.allCases.flatMap { $0.findings(facts) }
    ports = Set(facts.relays.map(\.port)).sorted()
    isTracking = facts.kernel["net.netfilter.nf_conntrack_max"] != nil
  }

  /// Commands that let peers in; empty if nothing is declared or `firewall` is `none`.
  package func openings(_ firewall: Firewall) -> [String] {
    guard !ports.isEmpty else { return [] }
    let runs = HostCheck.runs(ports)
    return switch firewall {
    case .nftables: ["nft add rule inet filter input udp dport { \(runs.joined(separator: ", ")) } accept"]
    case .ufw: runs.map { "ufw allow \($0.map { $0 == "-" ? ":" : String($0) }.joined())/udp" }
    case .none: []
    }
  }

  /// Commands that keep relays' packets out of the table of connections; empty if the kernel does not track connections.
  package var untracking: [String] {
    guard isTracking, !ports.isEmpty else { return [] }
    let set = "{ \(HostCheck.runs(ports).joined(separator: ", ")) }"
    return [
      "nft add table inet wpex",
      "nft add chain inet wpex pre '{ type filter hook prerouting priority raw; }'",
      "nft add rule inet wpex pre udp dport \(set) notrack",
      "nft add chain inet wpex out '{ type filter hook output priority raw; }'",
      "nft add rule inet wpex out udp sport \(set) notrack",
    ]
  }
}
