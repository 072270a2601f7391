import ConfigModel

extension Schema where Value == OrganizationSpec {
  static let organization = Schema.object(
    "Organization.spec", OrganizationSpec(), "A tenant: its limits, its regions, and its identity for key bundles.",
    fields: [
      .required("displayName", \.displayName, .text(length: 1...200), "its display name", examples: "Acme S.p.A."),
      .defaulted("status", \.status, .choice, "its status", default: "pending", examples: "active"),
      .defaulted("limits", \.limits, .limits, "its limits"),
      .optional(
        "slaTarget", \.slaTarget, .number(0...100),
        "the percentage of time for which its relays should be up", examples: "99.9"),
      .defaulted(
        "allowedRegions", \.allowedRegions, .list(of: .reference(.region), count: 0...200, unique: true),
        "the regions in which it can run relays", default: "[]", examples: "[eu-south]"),
      .optional(
        "portRange", \.portRange, .portRange,
        "its own range of the regions' ports, which no other organization can use",
        examples: "30100-30199"),
      .defaulted(
        "tests", \.tests, .organizationTests,
        "what must and must not be reachable through its relays, all together"),
      .defaulted(
        "contacts", \.contacts, .list(of: .contact, count: 0...50), "people to contact", default: "[]"),
      .optional("identity", \.identity, .identity, "its age identity, for which its key bundles are encrypted"),
    ])
}

extension Schema where Value == ReachabilityTests {
  static let organizationTests = Schema.object(
    "Organization.spec.tests", ReachabilityTests(), "What must and must not be reachable through all of its relays.",
    fields: [
      .defaulted(
        "mustConnect", \.mustConnect, pairs, "pairs of keys that must reach each other through a relay", default: "[]",
        examples: "[[headquarters, warehouse-1]]"),
      .defaulted(
        "mustNotConnect", \.mustNotConnect, pairs,
        "pairs of keys that must not reach each other, not even by way of other keys", default: "[]",
        examples: "[[guest-wifi, plant-1]]"),
    ])
}

extension Schema where Value == OrganizationLimits {
  static let limits = Schema.object(
    "Organization.spec.limits", OrganizationLimits(), "Upper limits; a missing field means no limit.",
    fields: [
      .optional("relays", \.relays, .integer(0...100_000), "relays, running or stopped", examples: "10"),
      .optional("keys", \.keys, .integer(0...1_000_000), "keys that are not revoked", examples: "100"),
      .optional("users", \.users, .integer(0...100_000), "users that are not disabled", examples: "20"),
      .optional(
        "bandwidthMbps", \.bandwidthMbps, .integer(1...1_000_000),
        "the total bandwidth of its running relays, in Mbit/s; those without a cap share what the others leave",
        examples: "1000"),
    ])
}

extension Schema where Value == Contact {
  static let contact = Schema.object(
    "Organization.spec.contacts[]", Contact(), "A person to contact.",
    fields: [
      .required("name", \.name, .text(length: 1...200), "the person's name", examples: "Network operations"),
      .required("email", \.email, .format(.email), "the e-mail address", examples: "noc@acme.example"),
      .optional("phone", \.phone, .text(length: 1...40), "the telephone number", examples: "\"+39 02 5550 100\""),
    ])
}

extension Schema where Value == OrganizationIdentity {
  static let identity = Schema.object(
    "Organization.spec.identity", OrganizationIdentity(), "The organization's age identity.",
    fields: [
      .required("recipient", \.recipient, .format(.ageRecipient), "its public half, for which bundles are encrypted"),
      .optional(
        "sealedIdentity", \.sealedIdentity, .format(.ageArmor),
        "its secret half, sealed to the platform's recipient with `wpex seal`"),
    ])
}
