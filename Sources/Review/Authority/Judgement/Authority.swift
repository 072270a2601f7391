package import ChangeSet
package import ConfigCompiler
import ConfigModel
import ConfigSchema

/// The decision who may change what: a pure function of the base commit, the change and the actor, used for pull
/// requests and by the daemon. Changes of users and roles take effect only after the commit; they are considered only
/// for what they would grant.
package struct Authority: Sendable {
  private let base: Compilation
  private let changes: ChangeSet
  private let actor: Actor
  /// Permissions of each role, by name: the union of those in the base and after the change.
  private let roles: [String: Set<Permission>]

  /// Returns the decisions about all parts of a change, in its order.
  ///
  /// - Parameter base: the commit whose users and roles apply.
  package static func decisions(on changes: ChangeSet, by actor: Actor, base: Compilation) -> [Decision] {
    Authority(base: base, changes: changes, actor: actor).decisions
  }

  private init(base: Compilation, changes: ChangeSet, actor: Actor) {
    self.base = base
    self.changes = changes
    self.actor = actor
    var roles: [String: Set<Permission>] = [:]
    for name in base.platform.roleNames { roles[name] = base.platform.role(name).map { Set($0.permissions) } }
    for change in changes.documents where change.id.kind == .role {
      // A role that changes together with its holders counts with all permissions that it has before or after.
      for declaration in [change.base, change.head].compactMap({ $0?.declaration }) {
        roles[change.id.name, default: []].formUnion(declaration.rolePermissions)
      }
    }
    self.roles = roles
  }

  private var decisions: [Decision] {
    changes.documents.flatMap(decisions) + changes.otherPaths.map(decision)
      + ForeignClaims.decisions(on: changes, base: base)
  }

  private func decisions(on change: DocumentChange) -> [Decision] {
    let platform = base.platform.platform?.spec
    let isNewFolder = change.id.org.map { base.unit(named: $0)?.files.isEmpty ?? true } ?? false
    guard change.operation == .changed else {
      let rule = AuthorityRule.rule(for: change, field: nil, isNewFolder: isNewFolder, platform: platform)
      return [decision(.document(change, takenFields(of: change, rule, platform)), rule, change)]
    }
    // Fields under the same rule share one decision.
    var groups: [(rule: AuthorityRule?, fields: [FieldChange])] = []
    for field in change.fields {
      let rule = AuthorityRule.rule(
        for: change, field: field.path, isNewFolder: isNewFolder, platform: platform)
      if let index = groups.firstIndex(where: { ($0.rule == nil) == (rule == nil) && $0.rule?.need == rule?.need }) {
        groups[index].fields.append(field)
      } else {
        groups.append((rule, [field]))
      }
    }
    return groups.map { decision(.document(change, $0.fields), $0.rule, change) }
  }

  /// Returns the fields that made the rule apply to a whole document: those of an added relay that take too much.
  private func takenFields(
    of change: DocumentChange, _ rule: AuthorityRule?, _ platform: PlatformSpec?
  ) -> [FieldChange] {
    guard rule?.isAboutTaking == true else { return [] }
    let taken = ProviderFields.taken(by: change, from: platform)
    return change.fields.filter { field in
      taken.contains { field.path.isTaken($0) && field.path != ["spec", "region"] }
    }
  }

  private func decision(
    _ subject: Decision.Subject, _ rule: AuthorityRule?, _ change: DocumentChange
  ) -> Decision {
    let outcome = rule.map { judge($0.need, change.id.org, change) } ?? .uncovered
    var offers: [String] = []
    if rule?.isAboutTaking == true, case .relay(let relay)? = change.head?.declaration {
      let platform = base.platform.platform?.spec ?? PlatformSpec()
      offers = ProviderFields.taken(by: change, from: platform).map {
        platform.offer(of: $0, to: change.id.org ?? "", region: relay.spec.region)
      }
    }
    return Decision(
      subject: subject, rule: rule, outcome: outcome, offers: offers,
      suitableRoles: outcome == .permitted ? [] : rule.map { suitableRoles($0.need, change.id.org, change) } ?? [])
  }

  private func decision(on change: PathChange) -> Decision {
    let rule = AuthorityRule.rule(for: change)
    let outcome = rule.map { judge($0.need, change.org, nil) } ?? .uncovered
    return Decision(
      subject: .path(change), rule: rule, outcome: outcome,
      suitableRoles: outcome == .permitted ? [] : rule.map { suitableRoles($0.need, change.org, nil) } ?? [])
  }

  // MARK: - Needs

  private func judge(_ need: AuthorityRule.Need, _ org: String?, _ change: DocumentChange?) -> Decision.Outcome {
    let isOneself = change.map { $0.id.kind == .user && UserID(org: $0.id.org, name: $0.id.name) == actor.rights?.user }
    if case .greaterThanUserOrOneself = need, isOneself == true { return .permitted }
    let place = need.isPlatformWide ? nil : org
    let missing = need.permissions.filter { !actor.may($0, in: place) }
    guard missing.isEmpty else { return .lacks(missing) }
    return isSatisfied(need, by: actor.permissions(in: place), change) ? .permitted : .notGreater
  }

  /// Whether permissions satisfy a need. They include at least those that the need names.
  private func isSatisfied(
    _ need: AuthorityRule.Need, by permissions: Set<Permission>, _ change: DocumentChange?
  ) -> Bool {
    switch need {
    case .nothing, .permission, .everywhere, .everything: true
    case .permissionsOfRole: concerned(change).isSubset(of: permissions)
    case .greaterThanUser, .greaterThanUserOrOneself:
      // Users with every permission may change one another; no one outranks them.
      permissions == Set(Permission.allCases) || concerned(change).isStrictSubset(of: permissions)
    }
  }

  /// Returns all permissions that the document's user or role has and would have; every permission if a role is
  /// unknown.
  private func concerned(_ change: DocumentChange?) -> Set<Permission> {
    let declarations = [change?.base, change?.head].compactMap { $0?.declaration }
    let byRole = declarations.flatMap(\.userRoles).map { roles[$0] ?? Set(Permission.allCases) }
    return byRole.reduce(into: Set(declarations.flatMap(\.rolePermissions))) { $0.formUnion($1) }
  }

  private func suitableRoles(
    _ need: AuthorityRule.Need, _ org: String?, _ change: DocumentChange?
  ) -> [Decision.SuitableRole] {
    let wanted = Set(need.permissions)
    return base.platform.roleNames.compactMap { name in
      guard let role = base.platform.role(name) else { return nil }
      let permissions = Set(role.permissions)
      let isGlobal = role.scope == .global
      guard isGlobal || (org != nil && !need.isPlatformWide), wanted.isSubset(of: permissions),
        isSatisfied(need, by: permissions, change)
      else { return nil }
      return Decision.SuitableRole(name: name, org: isGlobal ? nil : org)
    }
  }
}

extension AuthorityRule {
  /// Whether the rule is about relays that take more than the platform offers to tenants.
  var isAboutTaking: Bool {
    if case .document(.relay, .takingMore) = subject { true } else { false }
  }
}

extension AuthorityRule.Need {
  /// Whether only global roles count.
  var isPlatformWide: Bool {
    switch self {
    case .everywhere, .permissionsOfRole, .everything: true
    case .nothing, .permission, .greaterThanUser, .greaterThanUserOrOneself: false
    }
  }
}
