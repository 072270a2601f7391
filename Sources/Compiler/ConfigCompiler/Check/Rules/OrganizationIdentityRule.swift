import ConfigModel
import Diagnostics
import KeyBundles

/// An organization with running relays must have an age identity, and its recipient must be valid.
enum OrganizationIdentityRule: OrganizationRule {
  static func check(_ unit: OrganizationUnit, _ context: RuleContext, _ report: inout Report) {
    guard let organization = unit.organization else { return }
    guard let identity = organization.spec.identity else {
      guard organization.spec.status == .active, unit.relays.contains(where: { $0.spec.state == .running }) else {
        return
      }
      report.add(
        .organizationWithoutIdentity,
        "`\(unit.name)` has running relays, but no age identity to encrypt their keys for",
        at: organization.place(["spec"]), help: "create one with `wpex identity new` and add `identity.recipient`")
      return
    }
    checkRecipient(identity.recipient, at: organization.place(["spec", "identity", "recipient"]), &report)
    if let sealed = identity.sealedIdentity {
      SealedValues.check(sealed, at: organization.place(["spec", "identity", "sealedIdentity"]), &report)
    }
  }

  /// Reports a recipient that is not a valid age recipient.
  static func checkRecipient(_ recipient: String, at place: Place, _ report: inout Report) {
    guard (try? AgeRecipient(recipient)) == nil else { return }
    report.add(
      .malformedRecipient, "this is not an age recipient: its checksum is wrong", at: place,
      help: "copy it again from `wpex identity new` or age-keygen; a character is wrong or missing")
  }
}
