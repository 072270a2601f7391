import ConfigCompiler
import ConfigModel
import TextFormats

/// Descriptions of declared items, in one line or as Markdown.
enum Summary {
  static func line(of key: KeySpec) -> String {
    [
      key.alias, key.status == .active ? nil : key.status.rawValue, key.expires.map { "until \($0)" },
      key.site?.location,
    ].compactMap { $0 }.joined(separator: ", ")
  }

  static func line(of region: Region) -> String {
    [region.displayName, region.publicHost, region.portRange.map { "ports \($0)" }].compactMap { $0 }
      .joined(separator: ", ")
  }

  static func line(ofRole name: String, _ role: RoleSpec) -> String {
    BuiltInRole(rawValue: name)?.summary
      ?? "\(role.scope.rawValue): \(role.permissions.map(\.rawValue).joined(separator: ", "))"
  }

  /// Returns the hover text of a symbol; nil if it is not declared.
  static func markdown(of symbol: Symbol, in compilation: Compilation) -> String? {
    let unit = symbol.org.flatMap(compilation.unit)
    switch symbol.kind {
    case .key: return unit?.keys.first { $0.name == symbol.name }.flatMap { key in unit.map { text(of: key, in: $0) } }
    case .relay:
      return unit?.relays.first { $0.name == symbol.name }.flatMap { relay in unit.map { text(of: relay, in: $0) } }
    case .region:
      return compilation.platform.platform?.spec.region(symbol.name).map { region in
        facts(
          "region", symbol.name,
          [
            ("", region.displayName), ("host", region.publicHost), ("ports", region.portRange.map { "\($0)" }),
            ("cluster", region.cluster), ("namespaces", region.namespacePrefix.map { "\($0)…" }),
            ("exposure", region.exposure.rawValue),
          ])
      }
    case .role:
      return compilation.platform.role(symbol.name).map { role in
        let permissions = role.permissions.map { "- `\($0.rawValue)`: \($0.summary)" }.joined(separator: "\n")
        let origin = BuiltInRole(rawValue: symbol.name).map { "built in; \($0.summary)" }
        return facts("role", symbol.name, [("", origin), ("scope", role.scope.rawValue)]) + "\n\n" + permissions
      }
    case .organization:
      return compilation.unit(named: symbol.name).flatMap { unit in
        unit.organization.map { organization in
          facts(
            "organization", symbol.name,
            [
              ("", organization.spec.displayName), ("status", organization.spec.status.rawValue),
              ("regions", organization.spec.allowedRegions.joined(separator: ", ")),
              ("ports", organization.spec.portRange.map { "\($0)" }),
              ("holds", "\(unit.relays.count) relays, \(unit.keys.count) keys, \(unit.users.count) users"),
            ])
        }
      }
    case .user:
      let users = unit?.users ?? compilation.platform.users
      return users.first { $0.name == symbol.name }.map { user in
        facts(
          "user", symbol.name,
          [
            ("", user.spec.displayName), ("status", user.spec.status.rawValue),
            ("roles", user.spec.roles.joined(separator: ", ")),
          ])
      }
    }
  }

  private static func text(of key: Declared<KeySpec>, in unit: OrganizationUnit) -> String {
    let relays = zip(unit.relays, unit.selections).filter { $1.contains { unit.keys[$0].name == key.name } }.map(
      \.0.name)
    return facts(
      "key", "\(unit.name)/\(key.name)",
      [
        ("", key.spec.alias), ("status", key.spec.status.rawValue), ("expires", key.spec.expires.map { "\($0)" }),
        ("region", key.spec.site?.region), ("subnet", key.spec.site?.subnet), ("location", key.spec.site?.location),
        ("labels", key.labels.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: ", ")),
        ("accepted by", relays.isEmpty ? "no relay" : relays.joined(separator: ", ")),
      ])
  }

  private static func text(of relay: Declared<RelaySpec>, in unit: OrganizationUnit) -> String {
    let position = unit.relays.firstIndex { $0.name == relay.name }
    let keys = position.map { unit.selections[$0].map { unit.keys[$0].name } } ?? []
    let shown = keys.prefix(12).joined(separator: ", ") + (keys.count > 12 ? ", … (\(keys.count))" : "")
    return facts(
      "relay", "\(unit.name)/\(relay.name)",
      [
        ("state", relay.spec.state.rawValue),
        ("endpoint", "\(relay.spec.regions.joined(separator: ", ")), port \(relay.spec.port)"),
        ("lets in", shown),
      ])
  }

  private static func facts(_ word: String, _ name: String, _ facts: [(name: String, value: String?)]) -> String {
    var lines = ["**\(word) \(MarkdownText.code(name))**", ""]
    for fact in facts {
      guard let value = fact.value, !value.isEmpty else { continue }
      let shown = MarkdownText.plain(value)
      lines.append(fact.name.isEmpty ? "\(shown)  " : "\(fact.name): \(shown)  ")
    }
    return lines.joined(separator: "\n")
  }
}
