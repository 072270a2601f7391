package import TextFormats

extension HostReport {
  /// Text for people.
  ///
  /// - Parameter colors: Whether states are coloured.
  package func text(_ firewall: Firewall, colors: Bool) -> String {
    var lines: [String] = []
    let width = HostCheck.allCases.map(\.rawValue.count).max() ?? 0
    for finding in findings {
      let state = finding.state.rawValue
      let shown = colors ? "\u{1B}[\(Self.color(finding.state))m\(state)\u{1B}[0m" : state
      let pad = String(repeating: " ", count: "problem".count - state.count)
      let name = finding.check.rawValue
      let indent = String(repeating: " ", count: "problem".count + 4 + width)
      lines.append(
        "\(shown)\(pad)  \(name)\(String(repeating: " ", count: width - name.count))  \(finding.text.visible)")
      if let advice = finding.advice { lines.append("\(indent)→ \(advice.visible)") }
    }
    if !settings.isEmpty {
      lines += ["", "# /etc/sysctl.d/60-wpex.conf; then: sysctl --system"]
      lines += settings.map { "\($0.name) = \($0.value)" }
    }
    let openings = openings(firewall)
    if !openings.isEmpty { lines += ["", "# let peers in"] + openings }
    if firewall != .none, !untracking.isEmpty {
      lines += ["", "# on a host that only relays: do not track the relays' packets"] + untracking
    }
    return lines.joined(separator: "\n")
  }

  /// The same for programs.
  package func json(_ firewall: Firewall) -> JSON {
    [
      "findings": .array(
        findings.map { finding in
          var members: JSON.Members = [
            "check": .string(finding.check.rawValue), "state": .string(finding.state.rawValue),
            "text": .string(finding.text),
          ]
          if let advice = finding.advice { members["advice"] = .string(advice) }
          return .object(members)
        }),
      "sysctl": .object(
        settings.reduce(into: JSON.Members()) { members, setting in members[setting.name] = .string(setting.value) }),
      "firewall": .array(openings(firewall).map { .string($0) }),
      "notrack": .array(untracking.map { .string($0) }),
    ]
  }

  private static func color(_ state: HostFinding.State) -> Int {
    switch state {
    case .ok: 32
    case .warning: 33
    case .problem: 31
    }
  }
}
