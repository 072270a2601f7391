/// Findings of all checks, and lines to copy.
package struct HostReport: Sendable {
  /// A kernel setting that should have another value.
  package struct Setting: Sendable, Equatable {
    package let name: String
    package let value: String
  }

  /// Programs that configure the firewall.
  package enum Firewall: String, Sendable, CaseIterable {
    case nftables, ufw, none
  }

  /// In the order of `HostCheck`.
  package let findings: [HostFinding]
  /// Lines for `/etc/sysctl.d`.
  package let settings: [Setting]
  private let ports: [Int]
  private let isTracking: Bool

  package init(_ facts: HostFacts) {
    let findings = HostCheck.allCases.flatMap { $0.findings(facts) }
    self.findings = findings
    let troubled = Set(findings.filter { $0.state != .ok }.map(\.check))
    ports = Set(facts.relays.map(\.port)).sorted()
    isTracking = facts.kernel["net.netfilter.nf_conntrack_max"] != nil
    var settings: [Setting] = []
    if troubled.contains(.buffers) {
      settings += ["net.core.rmem_max", "net.core.wmem_max"].map { Setting(name: $0, value: "\(HostCheck.wantedBuffer)") }
    }
    if troubled.contains(.ping) { settings.append(Setting(name: "net.ipv4.ping_group_range", value: "0 2147483647")) }
    if findings.contains(where: { $0.check == .conntrack && $0.text.contains("UDP flows") }) {
      settings.append(Setting(name: "net.netfilter.nf_conntrack_udp_timeout_stream", value: "120"))
    }
    if findings.contains(where: { $0.check == .conntrack && $0.text.contains("table") && $0.state != .ok }),
      let most = facts.kernel["net.netfilter.nf_conntrack_max"].flatMap({ Int($0) })
    {
      settings.append(Setting(name: "net.netfilter.nf_conntrack_max", value: "\(most * 4)"))
    }
    if findings.contains(where: { $0.check == .ports && $0.text.contains("may give") }) {
      let known = facts.kernel["net.ipv4.ip_local_reserved_ports"]?.filter { !$0.isWhitespace } ?? ""
      let value = ([known].filter { !$0.isEmpty } + HostCheck.runs(ports)).joined(separator: ",")
      settings.append(Setting(name: "net.ipv4.ip_local_reserved_ports", value: value))
    }
    self.settings = settings
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

  /// Commands that keep relays' packets out of the table of connections; empty if the kernel has no such table.
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
