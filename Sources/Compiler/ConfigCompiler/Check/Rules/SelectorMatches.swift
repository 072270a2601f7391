import ConfigModel
import Diagnostics

/// A selector must match a key; otherwise its labels are a mistake.
enum SelectorMatches: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard !unit.incompleteKinds.contains(.key) else { return }
    for relay in unit.relays {
      guard let selector = relay.spec.keys.selector, !unit.keys.contains(where: { selector.matches($0.labels) })
      else { continue }
      let wanted = selector.matchLabels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      let partly = unit.keys.filter { key in selector.matchLabels.contains { key.labels[$0.key] == $0.value } }
      report.add(
        .selectorMatchesNothing, "no key of `\(unit.name)` has the labels \(wanted.joined(separator: ", "))",
        at: relay.place(["spec", "keys", "selector", "matchLabels"], "matches nothing"),
        notes: partly.first.map { ["`\($0.name)` has some of them, but not all"] } ?? [],
        help: "correct the labels here, or add them to the intended keys")
    }
  }
}
