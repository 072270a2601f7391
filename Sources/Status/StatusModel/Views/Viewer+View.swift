package import ConfigCompiler
import ConfigModel
import TextFormats

/// An authenticated viewer with its permissions, determined again for every snapshot.
package struct Viewer: Sendable {
  /// How the viewer is known.
  package enum Kind: String, CaseIterable, Sendable {
    /// A user declared in the repository.
    case user
    /// The holder of the token printed when the server started.
    case local
  }

  /// How the viewer is known.
  package let kind: Kind
  /// Permissions of the viewer.
  package let rights: Rights
  /// Method of authentication, such as `token` or `oidc`.
  package let method: String
  /// Time at which the login ends, in seconds since 1970; nil if it does not expire.
  package let expires: Double?

  /// Creates a viewer.
  package init(kind: Kind, rights: Rights, method: String, expires: Double? = nil) {
    self.kind = kind
    self.rights = rights
    self.method = method
    self.expires = expires
  }

  /// Permissions without the identity.
  package var scope: Scope { Scope(rights) }
}

/// A viewer as it is shown.
struct ViewerView: Sendable {
  let viewer: Viewer

  /// Most organization names in one response.
  static let maxOrganizations = 1_000

  private func user(_ sight: VisibleSnapshot) -> DeclaredUser? {
    guard viewer.kind == .user else { return nil }
    return sight.snapshot.model?.users.first { $0.id == viewer.rights.user }
  }

  static let view = ObjectView<ViewerView>("Me", "The current user and its permissions", org: { _ in nil }) { view in
    view.object("user", userView, "the user") { shown, _ in shown }
    view.add("roles", .list(.text), "its roles") { shown, sight in
      .array((shown.user(sight)?.spec.roles ?? []).map { .string($0) })
    }
    view.object("permissions", permissionsView, "its permissions") { shown, _ in shown }
    view.add("orgs", .list(.text), "organizations that it can see; at most \(maxOrganizations)") { _, sight in
      .array(sight.organizations(.orgsRead).prefix(maxOrganizations).map { .string($0.name) })
    }
    view.object("platform", platformView, "what the provider offers") { _, sight in
      sight.snapshot.model?.compilation.platform.platform
    }
    view.object("login", loginView, "how it logged in") { shown, _ in shown }
    view.add("commandPrefix", .text, "what commands begin with") { _, sight in
      .string(sight.snapshot.installation.commandPrefix)
    }
    view.object("repository", repositoryView, "where everything is declared") { _, sight in sight.snapshot.installation
    }
    view.add("version", .text, "version of this server") { _, sight in .string(sight.snapshot.installation.version) }
    view.object("features", featuresView, "optional features") { _, sight in sight.snapshot.installation }
  }

  private static let userView = ObjectView<ViewerView>("MeUser", "The current user", org: { _ in nil }) { view in
    view.text("id", "`name`, or `org/name`") { $0.viewer.rights.user.description }
    view.optionalText("org", "its organization; null for a global user") { $0.viewer.rights.user.org }
    view.text("name", "its name") { $0.viewer.rights.user.name }
    view.add("displayName", .text, "display name") { shown, sight in
      .string(shown.user(sight)?.spec.displayName ?? shown.viewer.rights.user.name)
    }
    view.choice("kind", "`local` for the token printed when the server started") { $0.viewer.kind }
  }

  private static let permissionsView = ObjectView<ViewerView>("Permissions", "User permissions", org: { _ in nil }) {
    view in
    view.texts("everywhere", "in every organization") { $0.viewer.rights.everywhere.map(\.rawValue).sorted() }
    view.texts("inOrganization", "in its own organization") { $0.viewer.rights.inOrganization.map(\.rawValue).sorted() }
  }

  private static let platformView = ObjectView<Declared<PlatformSpec>?>(
    "Platform", "What the provider offers", org: { _ in nil }
  ) {
    view in
    view.optionalText("name", "its name") { $0?.name }
    view.objects("regions", regionView, "regions for relays") { platform, _ in platform?.spec.regions ?? [] }
  }

  private static let regionView = ObjectView<Region>("Region", "A region for relays", org: { _ in nil }) {
    view in
    view.text("name", "its name") { $0.name }
    view.optionalText("displayName", "display name") { $0.displayName }
    view.text("publicHost", "where peers reach its relays") { $0.publicHost }
  }

  private static let loginView = ObjectView<ViewerView>("Login", "How a user logged in", org: { _ in nil }) { view in
    view.text("method", "the login method") { $0.viewer.method }
    view.time("expiresAt", "when it expires; null if it does not") { $0.viewer.expires }
  }

  private static let repositoryView = ObjectView<Installation>(
    "Repository", "Where everything is declared", org: { _ in nil }
  ) {
    view in
    view.optionalText("url", "its address") { $0.repository }
    view.optionalText("web", "web address of a line, with {commit}, {path} and {line}") { $0.web }
  }

  private static let featuresView = ObjectView<Installation>(
    "Features", "Optional features of a server", org: { _ in nil }
  ) {
    view in
    view.boolean("history", "whether it keeps a history of metrics") { _ in true }
    view.boolean("audit", "whether it reads an audit log") { $0.hasAudit }
  }
}
