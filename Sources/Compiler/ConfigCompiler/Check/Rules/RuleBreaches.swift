import ConfigModel
import Diagnostics

/// Documents of organizations must follow the operator's rules, which were evaluated when their files were parsed.
enum RuleBreaches: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard context.platform.rules != nil, let platform = context.platform.platform else { return }
    for file in unit.files.values where !file.breaches.isEmpty { report.add(file.breaches, in: file, by: platform) }
  }
}

/// Documents outside organizations must follow the operator's rules, too.
enum PlatformRuleBreaches: PlatformRule {
  static func check(_ unit: PlatformUnit, _ context: RuleContext, _ report: inout Report) {
    guard unit.rules != nil, let platform = unit.platform else { return }
    for file in unit.files.values where !file.breaches.isEmpty { report.add(file.breaches, in: file, by: platform) }
  }
}
