import ConfigModel
import Diagnostics

/// Active keys should not have expired, or be about to.
enum KeyExpiry: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    let warningDays = context.spec?.alerts.keyExpiryDays ?? AlertThresholds().keyExpiryDays
    for key in unit.keys where key.spec.status == .active {
      guard let expires = key.spec.expires else { continue }
      if expires < context.day {
        report.add(
          .keyExpired, "the key `\(key.name)` expired on \(expires)", at: key.place(["spec", "expires"]),
          notes: ["relays treat it as revoked"], help: "rotate it, or write `status: revoked`")
      } else if expires < context.day.advanced(byDays: warningDays) {
        let days = expires.daysSinceEpoch - context.day.daysSinceEpoch
        report.add(
          .keyExpiresSoon,
          "the key `\(key.name)` expires on \(expires), "
            + (days == 0 ? "today" : days == 1 ? "tomorrow" : "in \(days) days"),
          at: key.place(["spec", "expires"]), help: "rotate it before then")
      }
    }
  }
}
