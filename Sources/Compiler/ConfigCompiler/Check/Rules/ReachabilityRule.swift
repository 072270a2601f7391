import ConfigModel
import Diagnostics

/// A relay must pass its own tests, which say which keys must, and must not, reach each other through it.
enum ReachabilityRule: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard !unit.incompleteKinds.contains(.key) else { return }
    let declaredNames = Set(unit.keys.map(\.name))
    for (position, relay) in unit.relays.enumerated() {
      let tests = relay.spec.tests
      guard !(tests.mustConnect.isEmpty && tests.mustNotConnect.isEmpty) else { continue }
      let active = Set(unit.activeKeys(ofRelay: position, on: context.day).map(\.name))
      let access = unit.access(ofRelay: position, on: context.day)
      for (row, pair) in tests.mustConnect.enumerated() where pair.allSatisfy(declaredNames.contains) {
        let missing = pair.filter { !active.contains($0) }
        // A stopped relay connects no keys, but the keys that it would admit when it runs again are still checked.
        if missing.isEmpty {
          guard let access, !access.permits(pair[0], pair[1]) else { continue }
          report.add(
            .mustConnectFails,
            "\(named(pair)) must reach each other through `\(relay.name)`, but no rule of `access` lets them",
            at: relay.place(["spec", "tests", "mustConnect", .index(row)]),
            related: [relay.place(["spec", "access"], "the relay's rules")],
            help: "add a rule for the two keys, or change the test")
          continue
        }
        let reason = missing.map { "`\($0)` is not an active key of the relay" }.joined(separator: ", and ")
        report.add(
          .mustConnectFails, "\(named(pair)) must reach each other through `\(relay.name)`, but cannot: \(reason)",
          at: relay.place(["spec", "tests", "mustConnect", .index(row)]),
          related: [relay.place(["spec", "keys"], "the relay's keys")],
          help: "add both keys to the relay, or change the test")
      }
      for (row, pair) in tests.mustNotConnect.enumerated()
      where relay.spec.state == .running && pair.allSatisfy(active.contains)
        && access?.permits(pair[0], pair[1]) != false
      {
        report.add(
          .mustNotConnectFails, "\(named(pair)) must not reach each other, but can through `\(relay.name)`",
          at: relay.place(["spec", "tests", "mustNotConnect", .index(row)]),
          related: [
            access == nil
              ? relay.place(["spec", "keys"], "it accepts both keys")
              : relay.place(["spec", "access"], "a rule lets them speak with each other")
          ],
          help: access == nil
            ? "remove one of the keys from the relay, add `access` rules, or change the test"
            : "correct the rules, remove one of the keys from the relay, or change the test")
      }
    }
  }

  private static func named(_ pair: [String]) -> String { pair.map { "`\($0)`" }.joined(separator: " and ") }
}
