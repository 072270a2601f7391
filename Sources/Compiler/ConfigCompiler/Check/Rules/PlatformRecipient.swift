import ConfigModel
import Diagnostics
import KeyBundles

/// The platform's recipient must be a valid age recipient.
enum PlatformRecipient: PlatformRule {
  static func check(_ unit: PlatformUnit, _ context: RuleContext, _ report: inout Report) {
    guard let platform = unit.platform else { return }
    OrganizationIdentityRule.checkRecipient(
      platform.spec.recipient, at: platform.place(["spec", "recipient"]), &report)
  }
}
