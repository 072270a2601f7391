import ConfigModel
import Diagnostics

/// Documents of organizations must follow the operator's rules, which were evaluated when their files were parsed.
enum RuleBreaches: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    report.addBreaches(in: unit.files, of: context.platform)
  }
}

/// Documents outside organizations must follow the operator's rules, too.
enum PlatformRuleBreaches: PlatformRule {
  static func check(_ unit: PlatformUnit, _ context: RuleContext, _ report: inout Report) {
    report.addBreaches(in: unit.files, of: unit)
  }
}

extension Report {
  fileprivate mutating func addBreaches(in files: [String: ParsedFile], of unit: PlatformUnit) {
    guard unit.rules != nil, let platform = unit.platform else { return }
    for file in files.values where !file.breaches.isEmpty { add(file.breaches, in: file, by: platform) }
  }
}
