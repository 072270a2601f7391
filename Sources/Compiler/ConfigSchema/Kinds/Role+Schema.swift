import ConfigModel

extension Schema where Value == RoleSpec {
  static let role = Schema.object(
    "Role.spec", RoleSpec(), "A named set of permissions.",
    fields: [
      .required("scope", \.scope, .choice, "its scope", examples: "org"),
      .required(
        "permissions", \.permissions, .list(of: .choice, count: 1...100, unique: true), "the permissions it grants",
        examples: "[relays:read, diagnostics:run]"),
    ])
}
