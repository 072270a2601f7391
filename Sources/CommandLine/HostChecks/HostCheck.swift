/// A property of a host that relays depend on.
package enum HostCheck: String, Sendable, CaseIterable {
  case ports, buffers, bursts, ping, conntrack, clock, files, names, answers, certificate, disk, confinement, versions

  /// Findings about a host.
  package func findings(_ facts: HostFacts) -> [HostFinding] {
    switch self {
    case .ports: Self.ports(facts)
    case .buffers: Self.buffers(facts)
    case .bursts: Self.bursts(facts)
    case .ping: Self.ping(facts)
    case .conntrack: Self.conntrack(facts)
    case .clock: Self.clock(facts)
    case .files: Self.files(facts)
    case .names: Self.names(facts)
    case .answers: Self.answers(facts)
    case .certificate: Self.certificate(facts)
    case .disk: Self.disk(facts)
    case .confinement: Self.confinement(facts)
    case .versions: Self.versions(facts)
    }
  }
}
