import ConfigModel

extension Schema where Value == RoleSpec {
  static let role = Schema.object(
    "Role.spec", RoleSpec(), "A named set of permissions.",
    fields: [
      .required("scope", \.scope, .choice, "how far it reaches", examples: "org"),
      .required(
        "permissions", \.permissions, .list(of: .choice, count: 1...100, unique: true), "what its holders may do",
        examples: "[relays:read, diagnostics:run]"),
    ])
}
