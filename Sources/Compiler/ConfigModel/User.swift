/// Somebody who may propose changes and look at things.
package struct UserSpec: ResourceSpec {
  package static let kind = Kind.user

  package var displayName = ""
  package var email = ""
  package var status = MemberStatus.pending
  package var roles: [String] = []
  package var identities = UserIdentities()
  package var access = UserAccess()

  package init() {}

  package var isPending: Bool { status == .pending }
}

/// The accounts that are this user.
package struct UserIdentities: Sendable, Equatable {
  package var github: String?
  package var gitlab: String?
  package var email: [String] = []
  package var oidc: [OIDCIdentity] = []
  package var sshKeys: [String] = []

  package init() {}
}

package struct OIDCIdentity: Sendable, Hashable {
  package var issuer = ""
  package var subject = ""

  package init() {}

  package init(issuer: String, subject: String) {
    self.issuer = issuer
    self.subject = subject
  }
}

package struct UserAccess: Sendable, Equatable {
  package var ipAllowlist: [String] = []
  package var tokens: [APIToken] = []

  package init() {}
}

/// An API token by its hash: the token itself never enters the repository.
package struct APIToken: Sendable, Equatable {
  package var name = ""
  package var sha256 = ""
  package var expires: CivilDate?

  package init() {}
}
