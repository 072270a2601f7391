import ConfigModel
import Diagnostics

/// One account is one user: who signs a commit or logs in must be beyond doubt.
enum DuplicateAccounts: RepositoryRule {
  static func check(_ units: [OrganizationUnit], _ context: RuleContext, _ report: inout Report) {
    var owners: [String: Place] = [:]
    for user in context.platform.users { check(user, &owners, &report) }
    for unit in units {
      for user in unit.users { check(user, &owners, &report) }
    }
  }

  private static func check(_ user: Declared<UserSpec>, _ owners: inout [String: Place], _ report: inout Report) {
    let identities = user.spec.identities
    func claim(_ account: String, _ what: String, _ path: FieldPath) {
      guard let owner = owners[account] else {
        owners[account] = user.place(path, "claimed here already")
        return
      }
      report.add(
        .duplicateAccount, "\(what) belongs to another user already", at: user.place(path), related: [owner],
        help: "an account is one user: remove it from one of them")
    }
    if let github = identities.github {
      claim("github:\(github.lowercased())", "the GitHub account `\(github)`", ["spec", "identities", "github"])
    }
    if let gitlab = identities.gitlab {
      claim("gitlab:\(gitlab.lowercased())", "the GitLab account `\(gitlab)`", ["spec", "identities", "gitlab"])
    }
    for (index, email) in identities.email.enumerated() {
      claim(
        "email:\(email.lowercased())", "the commit address `\(email)`", ["spec", "identities", "email", .index(index)])
    }
    for (index, oidc) in identities.oidc.enumerated() {
      claim(
        "oidc:\(oidc.issuer) \(oidc.subject)", "the subject `\(oidc.subject)`",
        ["spec", "identities", "oidc", .index(index), "subject"])
    }
    for (index, key) in identities.sshKeys.enumerated() {
      // The comment after the key does not belong to it.
      let body = key.split(separator: " ").prefix(2).joined(separator: " ")
      claim("ssh:\(body)", "the SSH key", ["spec", "identities", "sshKeys", .index(index)])
    }
  }
}
