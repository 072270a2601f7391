import ChangeSet
import ConfigCompiler
import ConfigModel

extension AuthorityRule {
  /// The table of rules. The first rule that covers a change decides; nobody may make a change that no rule covers.
  ///
  /// The checks of pull requests and of the daemon, CODEOWNERS, and the table in docs/authority.md are derived from it.
  package static let all: [AuthorityRule] = [
    AuthorityRule(.document(.platform, .any), .everywhere(.platformWrite)),
    AuthorityRule(.document(.role, .any), .permissionsOfRole),

    AuthorityRule(.document(.organization, .joining), .nothing),
    AuthorityRule(.document(.organization, .added(nil)), .everywhere(.orgsWrite)),
    AuthorityRule(.document(.organization, .removed), .everywhere(.orgsWrite)),
    AuthorityRule(
      .document(.organization, .changed(["spec.displayName", "spec.contacts"])), .permission(.usersWrite)),
    AuthorityRule(.document(.organization, .changed(["spec.identity"])), .permission(.keysWrite)),
    AuthorityRule(
      .document(
        .organization,
        .changed([
          "spec.status", "spec.limits", "spec.slaTarget", "spec.allowedRegions", "spec.portRange", "spec.tests",
          "metadata",
        ])), .everywhere(.orgsWrite)),

    AuthorityRule(.document(.user, .joining), .nothing),
    AuthorityRule(.document(.user, .added(.active)), .greaterThanUser([.usersWrite, .usersApprove])),
    AuthorityRule(.document(.user, .added(.disabled)), .greaterThanUser([.usersWrite])),
    AuthorityRule(.document(.user, .removed), .greaterThanUser([.usersWrite])),
    AuthorityRule(.document(.user, .approved), .greaterThanUser([.usersApprove])),
    AuthorityRule(
      .document(.user, .changed(["spec.status", "spec.roles", "spec.access.ipAllowlist", "metadata"])),
      .greaterThanUser([.usersWrite])),
    AuthorityRule(
      .document(
        .user, .changed(["spec.displayName", "spec.email", "spec.identities", "spec.access.tokens"])),
      .greaterThanUserOrOneself([.usersWrite])),

    AuthorityRule(.document(.key, .any), .permission(.keysWrite)),
    AuthorityRule(.document(.relay, .takingMore), .everywhere(.platformWrite)),
    AuthorityRule(.document(.relay, .any), .permission(.relaysWrite)),

    AuthorityRule(.path([.layout], [.platform]), .everywhere(.platformWrite)),
    AuthorityRule(.path([.layout], [.roles]), .everywhere(.rolesWrite)),
    AuthorityRule(.path([.layout], [.globalUsers, .organizationUsers, .organization]), .permission(.usersWrite)),
    AuthorityRule(.path([.layout, .undecodable], [.keys]), .permission(.keysWrite)),
    AuthorityRule(.path([.layout, .undecodable], [.relays]), .permission(.relaysWrite)),
    AuthorityRule(.path([.unread, .ignoreFile], []), .everywhere(.platformWrite)),
    AuthorityRule(.path([.undecodable, .unreadable, .misplaced, .notAFile], []), .everything),
  ]

  private init(_ subject: Subject, _ need: Need) {
    self.init(subject: subject, need: need)
  }
}
