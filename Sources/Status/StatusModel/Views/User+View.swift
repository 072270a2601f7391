import ConfigCompiler
import ConfigModel
import TextFormats

extension DeclaredUser {
  static let view = ObjectView<DeclaredUser>(
    "User", "A user who can see the status and propose changes", org: { $0.id.org }
  ) { view in
    view.text("id", "`name`, or `org/name`") { $0.id.description }
    view.optionalText("org", "its organization; null for a global user") { $0.id.org }
    view.text("name", "its name") { $0.id.name }
    view.text("displayName", "display name") { $0.spec.displayName }
    view.text("email", "email address") { $0.spec.email }
    view.choice("status", "its status; unless it is active, it has no permissions") { $0.spec.status }
    view.texts("roles", "its roles") { $0.spec.roles }
    view.texts("permissions", "permissions they grant now; none unless the user and its organization are active") {
      user in
      user.rights.everywhere.union(user.rights.inOrganization).map(\.rawValue).sorted()
    }
    view.object("identities", identitiesView, "external accounts of the user") { user, _ in user.spec.identities }
    view.object("access", accessView, "allowed addresses and API tokens") { user, _ in user }
    view.object("source", CommonViews.source, "where it is declared") { user, _ in user.place }
    view.objects("commands", CommonViews.command, "commands that apply to it") { user, sight in Command.of(user, sight)
    }
  }

  private static let identitiesView = ObjectView<UserIdentities>(
    "Identities", "External accounts of a user", org: { _ in nil }
  ) { view in
    view.optionalText("github", "at GitHub") { $0.github }
    view.optionalText("gitlab", "at GitLab") { $0.gitlab }
    view.texts("oidc", "OpenID Connect issuers of its accounts") { $0.oidc.map(\.issuer) }
    view.integer("sshKeys", "number of keys that sign its commits") { $0.sshKeys.count }
  }

  private static let accessView = ObjectView<DeclaredUser>(
    "Access", "Allowed addresses and API tokens of a user", org: { _ in nil }
  ) { view in
    view.texts("ipAllowlist", "addresses it can connect from; empty for any") { $0.spec.access.ipAllowlist }
    view.objects("tokens", tokenView, "its API tokens, by name") { user, _ in
      user.spec.access.tokens.map { TokenView(token: $0, day: user.day) }
    }
  }

  /// An API token with the day on which expiry was evaluated.
  struct TokenView: Sendable {
    let token: APIToken
    let day: CivilDate
  }

  private static let tokenView = ObjectView<TokenView>("Token", "An API token, without its secret", org: { _ in nil }) {
    view in
    view.text("name", "its name") { $0.token.name }
    view.add("expires", .nullable(.date), "the last day on which it is valid") { shown, _ in
      JSON(shown.token.expires?.description)
    }
    view.boolean("expired", "whether that day has passed") { shown in
      shown.token.expires.map { $0 < shown.day } ?? false
    }
  }

  static let list = ListView<DeclaredUser>(
    view: view, org: { $0.id.org }, id: { $0.order }, words: { user, _ in user.words },
    filters: [
      .init("org", .text(maxLength: 64), "of this organization; `-` for global users") { user, value, _ in
        (user.id.org ?? "-") == value
      },
      .init("status", .choice(MemberStatus.allCases.map(\.rawValue)), "with this status") { user, value, _ in
        user.spec.status.rawValue == value
      },
      .init("role", .text(maxLength: 64), "with this role") { user, value, _ in user.spec.roles.contains(value) },
    ],
    sorts: [
      .init("org") { user, _ in SortValue(user.id.org ?? "") }, .init("name") { user, _ in .text(user.id.name) },
      .init("status") { user, _ in .text(user.spec.status.rawValue) },
    ])
}

extension DeclaredRole {
  static let view = ObjectView<DeclaredRole>("Role", "A named set of permissions", org: { _ in nil }) { view in
    view.text("name", "its name") { $0.name }
    view.boolean("builtIn", "whether it is built in") { $0.isBuiltIn }
    view.choice("scope", "whether it applies to all organizations, or to one") { $0.spec.scope }
    view.text("summary", "what it is for") { $0.summary }
    view.objects("permissions", permissionView, "permissions it grants") { role, _ in role.spec.permissions }
    view.add("users", .integer, "number of users with this role that the viewer can see") { role, sight in
      .integer(sight.users(.usersRead).count { $0.spec.roles.contains(role.name) })
    }
    view.optionalObject("source", CommonViews.source, "where it is declared") { role, _ in role.place }
  }

  private static let permissionView = ObjectView<Permission>(
    "Permission", "A permission", org: { _ in nil }
  ) {
    view in
    view.text("name", "its name") { $0.rawValue }
    view.text("summary", "what it allows") { $0.summary }
  }

  static let list = ListView<DeclaredRole>(
    view: view, org: { _ in nil }, id: { $0.name }, words: { role, _ in role.name.lowercased() },
    filters: [
      .init("scope", .choice(RoleScope.allCases.map(\.rawValue)), "of this scope") { role, value, _ in
        role.spec.scope.rawValue == value
      }
    ], sorts: [.init("name") { role, _ in .text(role.name) }])
}
