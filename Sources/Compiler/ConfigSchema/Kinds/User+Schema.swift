import ConfigModel

extension Schema where Value == UserSpec {
  static let user = Schema.object(
    "User.spec", UserSpec(), "A person who can propose changes and view data.",
    fields: [
      .required("displayName", \.displayName, .text(length: 1...200), "the display name", examples: "Giulia Rossi"),
      .required("email", \.email, .format(.email), "the e-mail address", examples: "giulia@acme.example"),
      .defaulted("status", \.status, .choice, "the user's status", default: "pending", examples: "active"),
      .required(
        "roles", \.roles, .list(of: .reference(.role), count: 0...50, unique: true),
        "roles: global roles for users under users/, organization roles for users under orgs/", examples: "[engineer]"),
      .defaulted("identities", \.identities, .identities, "the user's accounts"),
      .defaulted("access", \.access, .access, "addresses and tokens that can read the status API"),
    ])
}

extension Schema where Value == UserIdentities {
  static let identities = Schema.object(
    "User.spec.identities", UserIdentities(), "The user's accounts.",
    fields: [
      .optional("github", \.github, .format(.account), "the account on GitHub", examples: "giulia-rossi"),
      .optional("gitlab", \.gitlab, .format(.account), "the account on GitLab", examples: "grossi"),
      .defaulted(
        "email", \.email, .list(of: .format(.email), count: 0...20, unique: true), "e-mail addresses of commits",
        default: "[]"),
      .defaulted(
        "oidc", \.oidc, .list(of: .oidc, count: 0...20), "subjects of OpenID Connect issuers", default: "[]"),
      .defaulted(
        "sshKeys", \.sshKeys, .list(of: .format(.sshKey), count: 0...20, unique: true),
        "Ed25519 keys that sign commits", default: "[]"),
    ])
}

extension Schema where Value == OIDCIdentity {
  static let oidc = Schema.object(
    "User.spec.identities.oidc[]", OIDCIdentity(), "A subject of an OpenID Connect issuer.",
    fields: [
      .required("issuer", \.issuer, .format(.httpsURL), "the issuer", examples: "https://id.example.net"),
      .required("subject", \.subject, .text(length: 1...255), "the subject, which is not an e-mail address"),
    ])
}

extension Schema where Value == UserAccess {
  static let access = Schema.object(
    "User.spec.access", UserAccess(), "Addresses and tokens that can read the status API.",
    fields: [
      .defaulted(
        "ipAllowlist", \.ipAllowlist, .list(of: .addressOrNetwork, count: 0...200, unique: true),
        "permitted addresses and networks; if empty, any", default: "[]", examples: "[192.0.2.0/24]"),
      .defaulted("tokens", \.tokens, .list(of: .token, count: 0...50), "API tokens by their hash", default: "[]"),
    ])
}

extension Schema where Value == APIToken {
  static let token = Schema.object(
    "User.spec.access.tokens[]", APIToken(), "An API token by its hash.",
    fields: [
      .required("name", \.name, .format(.dnsLabel), "what it is for", examples: "grafana"),
      .required("sha256", \.sha256, .format(.sha256), "the SHA-256 of the token"),
      .optional("expires", \.expires, .date, "the last day on which it is valid", examples: "2027-06-30"),
    ])
}
