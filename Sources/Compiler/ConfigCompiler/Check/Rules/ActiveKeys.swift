import ConfigModel
import Diagnostics

/// A running relay must have an active key: without one, it would forward for everyone.
enum ActiveKeys: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    for (position, relay) in unit.relays.enumerated() {
      for (index, name) in relay.spec.keys.names.enumerated() {
        guard let key = unit.selections[position].lazy.map({ unit.keys[$0] }).first(where: { $0.name == name }),
          key.spec.status == .revoked
        else { continue }
        report.add(
          .revokedKeyReferenced, "relay `\(relay.name)` names the key `\(name)`, which is revoked",
          at: relay.place(["spec", "keys", "names", .index(index)]),
          related: [key.place(["spec", "status"], "revoked here")], help: "remove it from the list")
      }
      guard relay.spec.state == .running, unit.activeKeys(ofRelay: position, on: context.day).isEmpty,
        !unit.incompleteKinds.contains(.key)
      else { continue }
      // Other rules report unknown names and empty selectors; this one is about relays whose keys are all inactive.
      guard !unit.selections[position].isEmpty else { continue }
      report.add(
        .relayWithoutActiveKey, "relay `\(relay.name)` runs without any active key",
        at: relay.place(["spec", "keys"], "all of these are revoked or expired"),
        notes: ["a relay without keys would forward packets for anyone"],
        help: "add an active key, or write `state: stopped`")
    }
  }
}
