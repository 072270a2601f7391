import ConfigModel
import Diagnostics

/// A selector must match a key; otherwise its labels are a mistake.
enum SelectorMatches: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard !unit.incompleteKinds.contains(.key) else { return }
    for relay in unit.relays {
      if let selector = relay.spec.keys.selector {
        check(
          selector.matchLabels, at: relay.place(["spec", "keys", "selector", "matchLabels"], "matches nothing"), unit,
          &report)
      }
      for (row, rule) in (relay.spec.access ?? []).enumerated() {
        for (column, side) in rule.between.enumerated() {
          guard let labels = side.matchLabels else { continue }
          let path = FieldPath(["spec", "access", .index(row), "between", .index(column), "matchLabels"])
          check(labels, at: relay.place(path, "matches nothing"), unit, &report)
        }
      }
    }
  }

  private static func check(
    _ labels: [String: String], at place: Place, _ unit: OrganizationUnit, _ report: inout Report
  ) {
    guard !unit.keys.contains(where: { KeySelector(labels).matches($0.labels) }) else { return }
    let wanted = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let partly = unit.keys.filter { key in labels.contains { key.labels[$0.key] == $0.value } }
    report.add(
      .selectorMatchesNothing, "no key of `\(unit.name)` has the labels \(wanted.joined(separator: ", "))",
      at: place, notes: partly.first.map { ["`\($0.name)` has some of them, but not all"] } ?? [],
      help: "correct the labels here, or add them to the intended keys")
  }
}
