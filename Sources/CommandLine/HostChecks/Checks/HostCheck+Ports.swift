import ConfigModel

extension HostCheck {
  /// Name of the relay's program.
  static let relayProgram = "wpex-relay"

  static func ports(_ facts: HostFacts) -> [HostFinding] {
    var findings: [HostFinding] = []
    var free: [Int] = []
    var own: [Int] = []
    for relay in facts.relays.sorted(by: { ($0.port, $0.name) < ($1.port, $1.name) }) {
      let sockets = facts.sockets.filter { $0.port == relay.port }
      let others = sockets.compactMap(\.process).filter { $0.name != relayProgram }
      if let other = others.first {
        findings.append(
          HostFinding(
            .ports, .problem,
            "UDP port \(relay.port) of `\(relay.name)` is taken by \(other.name) (process \(other.id))",
            advice: "stop that program, or give the relay another port"))
      } else if sockets.contains(where: { $0.process == nil }) {
        findings.append(
          HostFinding(
            .ports, .warning,
            "UDP port \(relay.port) of `\(relay.name)` is in use, and this user cannot see by which program",
            advice: "run this command as root"))
      } else if sockets.isEmpty {
        free.append(relay.port)
      } else {
        own.append(relay.port)
      }
    }
    if !own.isEmpty { findings.append(HostFinding(.ports, .ok, "\(listed(own)) in use by relays")) }
    if !free.isEmpty { findings.append(HostFinding(.ports, .ok, "\(listed(free)) free")) }
    if facts.relays.isEmpty {
      findings.append(
        HostFinding(
          .ports, .ok, "no relay is declared here",
          advice: "name the repository with --repo, or ports with --port"))
    }
    return findings + ephemeral(facts)
  }

  /// The kernel gives ports of this range to programs that ask for any, such as resolvers.
  private static func ephemeral(_ facts: HostFacts) -> [HostFinding] {
    let bounds = (facts.kernel["net.ipv4.ip_local_port_range"] ?? "").split(whereSeparator: \.isWhitespace)
    guard bounds.count == 2, let low = Int(bounds[0]), let high = Int(bounds[1]), low <= high else { return [] }
    let reserved = ranges(facts.kernel["net.ipv4.ip_local_reserved_ports"] ?? "")
    let ports = Set(facts.relays.map(\.port)).filter { port in
      (low...high).contains(port) && !reserved.contains { $0.contains(port) }
    }
    guard !ports.isEmpty else { return [] }
    let subject = "UDP port\(ports.count == 1 ? "" : "s") \(runs(ports.sorted()).joined(separator: ", "))"
    let known = facts.kernel["net.ipv4.ip_local_reserved_ports"]?.filter { !$0.isWhitespace } ?? ""
    let all = ([known].filter { !$0.isEmpty } + runs(Set(facts.relays.map(\.port)).sorted())).joined(separator: ",")
    return [
      HostFinding(
        .ports, .warning,
        "the kernel may give \(subject) to another program, because it hands out ports \(low) to \(high)",
        advice: "reserve them: see below",
        settings: [HostFinding.Setting(name: "net.ipv4.ip_local_reserved_ports", value: all)])
    ]
  }

  /// Parses a list such as `8080,30101-30110`.
  static func ranges(_ text: String) -> [ClosedRange<Int>] {
    text.split(whereSeparator: { $0 == "," || $0.isWhitespace }).compactMap { part in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let low = ends.first, let high = ends.last, ends.count <= 2, low <= high else { return nil }
      return low...high
    }
  }

  /// Ports as a subject: `UDP port 1 is` or `UDP ports 1-3 and 7 are`.
  private static func listed(_ ports: [Int]) -> String {
    "UDP port\(ports.count == 1 ? "" : "s") \(runs(ports).joined(separator: ", "))"
      + (ports.count == 1 ? " is" : " are")
  }

  /// Ascending numbers, those that follow each other as `LOW-HIGH`.
  static func runs(_ numbers: [Int]) -> [String] {
    var runs: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = runs.last, number <= last.upperBound + 1 {
        runs[runs.count - 1] = last.lowerBound...max(last.upperBound, number)
      } else {
        runs.append(number...number)
      }
    }
    return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
  }
}
