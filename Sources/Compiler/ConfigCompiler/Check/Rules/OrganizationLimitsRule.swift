import ConfigModel
import Diagnostics

/// An organization must stay within its limits.
enum OrganizationLimitsRule: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard let organization = unit.organization else { return }
    let limits = organization.spec.limits
    func refuse(_ limit: Int, _ field: FieldPath.Element, _ what: String, _ count: Int, at place: Place) {
      report.add(
        .limitExceeded, "`\(unit.name)` is limited to \(limit) \(what), but declares \(count)", at: place,
        related: [organization.place(FieldPath(["spec", "limits", field]), "the limit")],
        help: "remove what is not needed, or ask an admin to raise the limit")
    }
    if let limit = limits.relays, unit.relays.count > limit {
      refuse(limit, "relays", "relays", unit.relays.count, at: unit.relays[limit].place(.name, "one too many"))
    }
    let keys = unit.keys.filter { $0.spec.status != .revoked }
    if let limit = limits.keys, keys.count > limit {
      refuse(limit, "keys", "keys", keys.count, at: keys[limit].place(.name, "one too many"))
    }
    // Users who ask to join do not count against the limit.
    let users = unit.users.filter { $0.spec.status == .active }
    if let limit = limits.users, users.count > limit {
      refuse(limit, "users", "users", users.count, at: users[limit].place(.name, "one too many"))
    }
    guard let limit = limits.bandwidthMbps else { return }
    var total = 0
    for relay in unit.relays where relay.spec.state == .running {
      guard let bandwidth = relay.spec.bandwidthMbps else { continue }
      let before = total
      total += bandwidth
      guard before <= limit, total > limit else { continue }
      refuse(limit, "bandwidthMbps", "Mbit/s", total, at: relay.place(["spec", "bandwidthMbps"], "exceeds the limit"))
    }
    let shares = BandwidthShares(of: unit.relays.map(\.spec), limit: limit)
    guard total <= limit, let rest = shares.rest, rest < shares.sharing.count,
      let first = shares.sharing.dropFirst(rest).first
    else { return }
    let relay = unit.relays[first]
    report.add(
      .limitExceeded,
      "`\(unit.name)` is limited to \(limit) Mbit/s, and the caps of its relays leave \(rest) Mbit/s for "
        + "\(shares.sharing.count == 1 ? "a relay" : "\(shares.sharing.count) relays") without a cap",
      at: relay.place(.name, "has no `bandwidthMbps`, and nothing is left for it"),
      related: [organization.place(["spec", "limits", "bandwidthMbps"], "the limit")],
      help: "lower the caps of other relays, stop one, or ask an admin to raise the limit")
  }
}
