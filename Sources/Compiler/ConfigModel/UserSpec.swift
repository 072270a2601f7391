/// A user, who may propose changes and read the status.
package struct UserSpec: ResourceSpec {
  package static let kind = Kind.user

  /// Display name, 1 to 200 characters.
  package var displayName = ""
  /// Contact e-mail address.
  package var email = ""
  /// Stage of the user's life cycle.
  package var status = MemberStatus.pending
  /// Names of the user's roles.
  package var roles: [String] = []
  /// The accounts and keys by which the user is recognized.
  package var identities = UserIdentities()
  /// Restrictions and tokens for the status API.
  package var access = UserAccess()

  package init() {}

  /// Whether the user is still waiting for approval.
  package var isPending: Bool { status == .pending }
}

/// The accounts and keys by which a user is recognized.
package struct UserIdentities: Sendable, Equatable {
  /// Account on GitHub.
  package var github: String?
  /// Account on GitLab.
  package var gitlab: String?
  /// E-mail addresses of the user's commits.
  package var email: [String] = []
  /// Subjects at OpenID Connect issuers.
  package var oidc: [OIDCIdentity] = []
  /// Ed25519 keys that sign commits, in OpenSSH's format.
  package var sshKeys: [String] = []

  package init() {}
}

/// A subject at an OpenID Connect issuer.
package struct OIDCIdentity: Sendable, Hashable {
  /// The issuer, an `https://` URL.
  package var issuer = ""
  /// The `sub` claim; not an e-mail address.
  package var subject = ""

  package init() {}

  package init(issuer: String, subject: String) {
    self.issuer = issuer
    self.subject = subject
  }
}

/// Restrictions and tokens for the status API.
package struct UserAccess: Sendable, Equatable {
  /// IP addresses and networks from which the user may connect; empty for any.
  package var ipAllowlist: [String] = []
  /// API tokens.
  package var tokens: [APIToken] = []

  package init() {}
}
