import ConfigModel
import Diagnostics

/// An organization with the diagnostics of its rules.
struct CheckedOrganization: Sendable {
  let unit: OrganizationUnit
  let diagnostics: [Diagnostic]
  /// The days for which the rules give the same diagnostics.
  private let days: ClosedRange<CivilDate>

  init(unit: OrganizationUnit, diagnostics: [Diagnostic], context: RuleContext) {
    self.unit = unit
    self.diagnostics = diagnostics
    days = Self.sameOutcome(unit, context)
  }

  /// Returns whether the diagnostics are valid on `day`.
  func holds(on day: CivilDate) -> Bool { days.contains(day) }

  /// Returns the days around today on which no key or token expires or enters its warning period.
  private static func sameOutcome(_ unit: OrganizationUnit, _ context: RuleContext) -> ClosedRange<CivilDate> {
    let warningDays = context.spec?.alerts.keyExpiryDays ?? AlertThresholds().keyExpiryDays
    var first = CivilDate(daysSinceEpoch: -1_000_000)
    var last = CivilDate(daysSinceEpoch: 10_000_000)
    // A change on day d means that the outcome up to d − 1 differs from that from d on.
    func change(on day: CivilDate) {
      if day <= context.day { first = max(first, day) } else { last = min(last, day.advanced(byDays: -1)) }
    }
    for key in unit.keys {
      guard let expires = key.spec.expires, key.spec.status == .active else { continue }
      change(on: expires.advanced(byDays: 1))
      // Within the warning period the message counts the days, so each day differs.
      let window = expires.advanced(byDays: 1 - warningDays)
      if context.day >= window, context.day <= expires { return context.day...context.day }
      change(on: window)
    }
    for token in unit.users.flatMap(\.spec.access.tokens) {
      guard let expires = token.expires else { continue }
      change(on: expires.advanced(byDays: 1))
    }
    return first...max(first, last)
  }
}
