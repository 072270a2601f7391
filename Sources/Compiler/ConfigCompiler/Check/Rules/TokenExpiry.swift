import Diagnostics
import ConfigModel

/// API tokens should not have expired.
enum TokenExpiry: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    check(unit.users, context, &report)
  }

  /// Reports expired API tokens.
  static func check(_ users: [Declared<UserSpec>], _ context: RuleContext, _ report: inout Report) {
    for user in users {
      for (index, token) in user.spec.access.tokens.enumerated() {
        guard let expires = token.expires, expires < context.day else { continue }
        report.add(
          .tokenExpired, "the API token `\(token.name)` of `\(user.name)` expired on \(expires)",
          at: user.place(["spec", "access", "tokens", .index(index), "expires"]),
          help: "remove it, or declare a new one")
      }
    }
  }
}
