import ConfigModel
import Diagnostics

/// Peers that meet on a relay must not have overlapping networks behind them: others would send packets for the common
/// addresses to one of them.
enum OverlappingSubnets: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    // Networks are compared among all keys first, because almost no organization has any that overlap.
    var positions: [Int] = []
    var networks: [IPNetwork] = []
    for (position, key) in unit.keys.enumerated() where key.spec.isActive(on: context.day) {
      guard let site = key.spec.site, site.overlap == nil, let network = site.subnet.flatMap({ IPNetwork($0) }) else {
        continue
      }
      positions.append(position)
      networks.append(network)
    }
    var involved: [Int: IPNetwork] = [:]
    for pair in IPNetwork.overlaps(among: networks) {
      involved[positions[pair.inner]] = networks[pair.inner]
      involved[positions[pair.outer]] = networks[pair.outer]
    }
    guard !involved.isEmpty else { return }
    var reported: Set<Int> = []
    for (index, relay) in unit.relays.enumerated() {
      let met = unit.selections[index].compactMap { position in involved[position].map { (position, $0) } }
      for pair in IPNetwork.overlaps(among: met.map(\.1)) {
        let (inner, outer) = (met[pair.inner], met[pair.outer])
        // One error for each key, however many relays it is on.
        guard reported.insert(inner.0).inserted else { continue }
        add(unit.keys[inner.0], unit.keys[outer.0], relay, isSame: inner.1 == outer.1, &report)
      }
    }
  }

  private static func add(
    _ inner: Declared<KeySpec>, _ outer: Declared<KeySpec>, _ relay: Declared<RelaySpec>, isSame: Bool,
    _ report: inout Report
  ) {
    let (own, other) = (inner.spec.site?.subnet ?? "", outer.spec.site?.subnet ?? "")
    let how = isSame ? "both have \(own)" : "\(own) is a part of \(other)"
    report.add(
      .overlappingSubnets,
      "the keys `\(inner.name)` and `\(outer.name)` meet on relay `\(relay.name)`, and the networks behind them "
        + "overlap: \(how)",
      at: inner.place(["spec", "site", "subnet"]),
      related: [
        outer.place(["spec", "site", "subnet"], "the other network"), relay.place(["spec", "keys"], "they meet here"),
      ],
      help:
        "correct one of the networks, or write `overlap: intended` beside one of them if both peers lead to the same "
        + "addresses on purpose")
  }
}
