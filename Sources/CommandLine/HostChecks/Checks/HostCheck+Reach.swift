import ConfigModel
import ProbePolicy
import TextFormats

extension HostCheck {
  static func names(_ facts: HostFacts) -> [HostFinding] {
    facts.regions.compactMap { region in
      guard !region.publicHost.isEmpty,
        let found = facts.resolutions.first(where: { $0.host == region.publicHost })
      else { return nil }
      let subject = "`\(region.publicHost)`, the publicHost of region `\(region.name)`,"
      guard !found.addresses.isEmpty else {
        return HostFinding(
          .names, .problem, "\(subject) has no address: \(found.error ?? "the resolver knows none")",
          advice: "add an A or AAAA record, or correct `publicHost`: peers use it as their endpoint")
      }
      if let foreign = found.addresses.first(where: { !facts.addresses.contains($0) }) {
        return behind(foreign, subject, facts, ports(of: region, facts))
      }
      return HostFinding(
        .names, .ok, "\(subject) leads here: \(found.addresses.map(\.description).joined(separator: ", "))")
    }
  }

  /// A public address that no interface has is that of a router, or of another machine.
  private static func behind(
    _ address: IPAddress, _ subject: String, _ facts: HostFacts, _ ports: [Int]
  ) -> HostFinding {
    let family = facts.addresses.filter { $0.isIPv4 == address.isIPv4 }
    let hasPublic = family.contains { AddressScope(of: $0.bytes) == .global }
    if hasPublic || !address.isIPv4 {
      return HostFinding(
        .names, .problem, "\(subject) leads to \(address), which is not an address of this machine",
        advice: "correct the record or `publicHost`, unless a load balancer with that address forwards here")
    }
    let list = runs(ports).joined(separator: ", ")
    return HostFinding(
      .names, .warning, "\(subject) leads to \(address): this machine is behind NAT",
      advice: "forward UDP \(list.isEmpty ? "ports of the relays" : list) from \(address) to this machine")
  }

  private static func ports(of region: HostFacts.Region, _ facts: HostFacts) -> [Int] {
    facts.relays.filter { $0.region == region.name }.map(\.port).sorted()
  }

  static func answers(_ facts: HostFacts) -> [HostFinding] {
    var findings: [HostFinding] = []
    let asked = facts.relays.filter { $0.isAnswered != nil }
    for relay in asked where relay.isAnswered == false {
      let host = relay.host ?? facts.regions.first { $0.name == relay.region }?.publicHost ?? ""
      let sockets = facts.sockets.filter { $0.port == relay.port }
      // `ports` says so.
      if sockets.contains(where: { $0.process.map { $0.name != relayProgram } ?? false }) { continue }
      let isRunning = !sockets.isEmpty
      findings.append(
        HostFinding(
          .answers, isRunning ? .problem : .warning,
          "`\(relay.name)` does not answer a handshake at \(HostPort.text(host, relay.port))",
          advice: isRunning
            ? "let its UDP port in: see below, and check that `wpex up --bind` names the address"
            : "start the relays: `systemctl enable --now wpex-up`"))
    }
    let count = asked.count { $0.isAnswered == true }
    if count > 0 {
      findings.append(
        HostFinding(
          .answers, .ok,
          "\(count == 1 ? "a relay answers" : "\(count) relays answer") at the public address, asked from here",
          advice: "ask from another network too: a firewall in between is not seen from here"))
    }
    return findings
  }
}
