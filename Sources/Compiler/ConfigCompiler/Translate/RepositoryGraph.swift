import ConfigModel
import TextFormats

/// A graph of organizations, their relays and the keys that these admit, for Graphviz and Mermaid.
package struct RepositoryGraph: Sendable {
  private let units: [OrganizationUnit]
  private let day: CivilDate

  /// Makes the graph of a compilation.
  ///
  /// - Parameters:
  ///   - compilation: The declarations.
  ///   - organization: Name of the only organization to show; nil shows all.
  package init(_ compilation: Compilation, organization: String? = nil) {
    units = compilation.units.filter { organization == nil || $0.name == organization }
    day = compilation.now.day
  }

  /// Language of the graph.
  package enum Format: String, Sendable, CaseIterable { case dot, mermaid }

  /// Returns the graph's source text.
  package func text(_ format: Format) -> String {
    switch format {
    case .dot: dot
    case .mermaid: mermaid
    }
  }

  private var dot: String {
    var lines = ["graph wpex {", "  graph [rankdir=LR, fontname=\"sans-serif\"];", "  node [fontname=\"sans-serif\"];"]
    for unit in units {
      lines.append("  subgraph \(DOTText.label("cluster_\(unit.name)")) {")
      lines.append("    label=\(DOTText.label("\(unit.name) (\(status(of: unit)))"));")
      for relay in unit.relays {
        let style = relay.spec.state == .running ? "filled" : "dashed"
        lines.append(
          "    \(DOTText.label("\(unit.name)/relay/\(relay.name)")) [shape=box, style=\(style), "
            + "label=\(DOTText.label(relay.name, place(of: relay.spec)))];")
      }
      for key in unit.keys {
        let style = key.spec.isActive(on: day) ? "solid" : "dotted"
        lines.append(
          "    \(DOTText.label("\(unit.name)/key/\(key.name)")) [shape=ellipse, style=\(style), "
            + "label=\(DOTText.label(key.name))];")
      }
      lines.append("  }")
    }
    for rule in rules {
      lines.append("  \(DOTText.label(rule.id)) [shape=diamond, label=\(DOTText.label("rule \(rule.number)"))];")
      lines.append(
        "  \(DOTText.label("\(rule.unit)/relay/\(rule.relay)")) -- \(DOTText.label(rule.id)) [style=dashed];")
      for (key, isFirst) in rule.keys {
        lines.append(
          "  \(DOTText.label(rule.id)) -- \(DOTText.label("\(rule.unit)/key/\(key)"))"
            + "\(isFirst ? " [penwidth=2]" : "");")
      }
    }
    for (unit, relay, key) in edges {
      lines.append(
        "  \(DOTText.label("\(unit)/relay/\(relay)")) -- \(DOTText.label("\(unit)/key/\(key.name)"))"
          + "\(key.isActive ? "" : " [style=dotted]");")
    }
    return lines.joined(separator: "\n") + "\n}\n"
  }

  private var mermaid: String {
    var lines = ["graph LR"]
    for unit in units {
      lines.append("  subgraph \(id(unit.name))[\(MermaidText.label("\(unit.name) (\(status(of: unit)))"))]")
      for relay in unit.relays {
        let place = place(of: relay.spec)
        let label =
          relay.spec.state == .stopped
          ? MermaidText.label(relay.name, place, "stopped") : MermaidText.label(relay.name, place)
        lines.append("    \(id(unit.name, "relay", relay.name))[\(label)]")
      }
      for key in unit.keys { lines.append("    \(id(unit.name, "key", key.name))([\(MermaidText.label(key.name))])") }
      lines.append("  end")
    }
    for rule in rules {
      let node = id(rule.unit, "relay", rule.relay, "rule", String(rule.number))
      lines.append("  \(id(rule.unit, "relay", rule.relay)) -.- \(node){\(MermaidText.label("rule \(rule.number)"))}")
      for (key, isFirst) in rule.keys {
        lines.append("  \(node) \(isFirst ? "===" : "---") \(id(rule.unit, "key", key))")
      }
    }
    for (unit, relay, key) in edges {
      lines.append("  \(id(unit, "relay", relay)) \(key.isActive ? "---" : "-.-") \(id(unit, "key", key.name))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A rule of a relay: the keys of its first side speak with those of its second.
  private struct Rule {
    let unit: String
    let relay: String
    /// Number of the rule, from 1.
    let number: Int
    /// Active keys on a side of the rule, and whether they are on its first.
    let keys: [(name: String, isFirst: Bool)]

    var id: String { "\(unit)/relay/\(relay)/rule/\(number)" }
  }

  private var rules: [Rule] {
    units.flatMap { unit in
      unit.relays.indices.flatMap { position -> [Rule] in
        guard let access = unit.access(ofRelay: position, on: day) else { return [] }
        let keys = unit.activeKeys(ofRelay: position, on: day).map(\.name)
        return (0..<access.rules).map { rule in
          let members = keys.compactMap { key -> (name: String, isFirst: Bool)? in
            let sides = access.sides(of: key, rule: rule)
            return sides.first || sides.second ? (key, sides.first) : nil
          }
          return Rule(unit: unit.name, relay: unit.relays[position].name, number: rule + 1, keys: members)
        }
      }
    }
  }

  /// Keys that a relay admits. Of a relay with rules, only those that speak with nobody: the others are at its rules.
  private var edges: [(unit: String, relay: String, key: (name: String, isActive: Bool))] {
    units.flatMap { unit in
      unit.relays.indices.flatMap { position in
        let access = unit.access(ofRelay: position, on: day)
        return unit.selections[position].compactMap { index -> (String, String, (String, Bool))? in
          let key = unit.keys[index]
          if let access, access.isOnASide(key.name) { return nil }
          return (unit.name, unit.relays[position].name, (key.name, key.spec.isActive(on: day)))
        }
      }
    }
  }

  private func place(of relay: RelaySpec) -> String { "\(relay.regions.joined(separator: ", ")):\(relay.port)" }

  private func status(of unit: OrganizationUnit) -> String { unit.organization?.spec.status.rawValue ?? "unknown" }

  /// Returns a Mermaid identifier.
  ///
  /// Mermaid does not allow `-` in identifiers next to an arrow; the doubled underscore keeps the mapping reversible.
  private func id(_ parts: String...) -> String {
    "n_"
      + parts.map { part in
        part.utf8.map { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            String(Unicode.Scalar(byte))
          case UInt8(ascii: "-"): "__"
          default: "_x\(byte)"
          }
        }.joined()
      }.joined(separator: "_")
  }
}
