import ConfigCompiler
import ConfigModel
import FleetMonitoring

extension StatusSnapshot {
  /// Returns the changes since an earlier snapshot.
  package func changes(since earlier: StatusSnapshot) -> Set<StatusChange> {
    var changes: Set<StatusChange> = []
    if versions[.declared] != earlier.versions[.declared] { addDeclared(earlier, to: &changes) }
    if versions[.observed] != earlier.versions[.observed] || versions[.declared] != earlier.versions[.declared] {
      addObserved(earlier, to: &changes)
    }
    if versions[.sync] != earlier.versions[.sync] { addSync(earlier, to: &changes) }
    return changes
  }

  // MARK: - What is declared

  private func addDeclared(_ earlier: StatusSnapshot, to changes: inout Set<StatusChange>) {
    guard let model, let old = earlier.model else {
      for topic in StatusChange.Topic.allCases { changes.insert(StatusChange(topic, .everybody)) }
      return
    }
    let samePlatform =
      model.platform == old.platform
      && model.compilation.platform.roles.map(\.resource) == old.compilation.platform.roles.map(\.resource)
    if !samePlatform {
      for topic in [.me, .roles, .users, .relays, .kpi] as [StatusChange.Topic] {
        changes.insert(StatusChange(topic, .everybody))
      }
    }
    if model.compilation.platform.users.map(\.resource) != old.compilation.platform.users.map(\.resource) {
      changes.insert(StatusChange(.users, .platform))
      changes.insert(StatusChange(.me, .everybody))
    }
    let names = Set(model.organizations.map(\.name)).union(old.organizations.map(\.name))
    for name in names {
      let now = model.organization(named: name)
      let before = old.organization(named: name)
      guard now !== before else { continue }
      let owner = StatusChange.Owner.organization(name)
      changes.insert(StatusChange(.orgs, owner, item: name))
      changes.insert(StatusChange(.kpi, owner))
      let relays = Self.different(now?.relays ?? [], before?.relays ?? [], name: \.name) { $0.isSame(as: $1) }
      for relay in relays { changes.insert(StatusChange(.relays, owner, item: "\(name)/\(relay)")) }
      let keys = Self.different(now?.keys ?? [], before?.keys ?? [], name: \.name) { $0.isSame(as: $1) }
      for key in keys { changes.insert(StatusChange(.keys, owner, item: "\(name)/\(key)")) }
      if !relays.isEmpty || !keys.isEmpty { changes.insert(StatusChange(.topology, owner)) }
      let users = Self.different(now?.users ?? [], before?.users ?? [], name: \.id.name) { $0.isSame(as: $1) }
      for user in users { changes.insert(StatusChange(.users, owner, item: "\(name)/\(user)")) }
      if !users.isEmpty { changes.insert(StatusChange(.me, owner)) }
    }
  }

  private static func different<Item: AnyObject>(
    _ now: [Item], _ before: [Item], name: (Item) -> String, isSame: (Item, Item) -> Bool
  ) -> Set<String> {
    let old = Dictionary(before.map { (name($0), $0) }) { first, _ in first }
    var names = Set(old.keys)
    for item in now {
      if let known = old[name(item)], known === item || isSame(known, item) {
        names.remove(name(item))
      } else {
        names.insert(name(item))
      }
    }
    return names
  }

  // MARK: - What is observed

  private func addObserved(_ earlier: StatusSnapshot, to changes: inout Set<StatusChange>) {
    let old = Dictionary(earlier.relays.map { ($0.declared.id, $0) }) { first, _ in first }
    var touched: Set<String> = []
    for row in relays {
      guard let before = old[row.declared.id] else { continue }
      if row.observation?.time == before.observation?.time, row.freshness == before.freshness { continue }
      let glance = row.glance
      let owner = StatusChange.Owner.organization(row.org)
      if peersDiffer(row, before) {
        changes.insert(StatusChange(.topology, owner))
        changes.insert(StatusChange(.keys, owner, needs: .metricsRead))
      }
      let past = before.glance
      guard glance != past else { continue }
      touched.insert(row.org)
      let isOpen =
        glance.status != past.status || glance.detail != past.detail || glance.restarts != past.restarts
        || glance.freshness != past.freshness || glance.members != past.members || glance.inForce != past.inForce
      changes.insert(
        StatusChange(.relays, owner, item: row.declared.id.description, needs: isOpen ? nil : .metricsRead))
      if glance.level != past.level { changes.insert(StatusChange(.topology, owner)) }
    }
    for org in touched {
      changes.insert(StatusChange(.kpi, .organization(org)))
      changes.insert(StatusChange(.orgs, .organization(org), item: org, needs: .metricsRead))
    }
    addAlerts(earlier, to: &changes)
  }

  private func peersDiffer(_ row: RelayRow, _ before: RelayRow) -> Bool {
    (row.record?.edges.map(\.key) ?? []) != (before.record?.edges.map(\.key) ?? [])
  }

  private func addAlerts(_ earlier: StatusSnapshot, to changes: inout Set<StatusChange>) {
    let now = Dictionary(fleet.alerts().map { ($0.id, $0.org) }) { first, _ in first }
    let before = Dictionary(earlier.fleet.alerts().map { ($0.id, $0.org) }) { first, _ in first }
    for (id, org) in now.merging(before, uniquingKeysWith: { first, _ in first })
    where now[id] == nil || before[id] == nil {
      let owner = org.map { StatusChange.Owner.organization($0) } ?? .platform
      changes.insert(StatusChange(.alerts, owner, item: id))
      changes.insert(StatusChange(.kpi, owner))
    }
  }

  // MARK: - What the sync says

  private func addSync(_ earlier: StatusSnapshot, to changes: inout Set<StatusChange>) {
    changes.insert(StatusChange(.sync, .platform))
    changes.insert(StatusChange(.kpi, .platform))
    let now = sync?.organizations ?? [:]
    let before = earlier.sync?.organizations ?? [:]
    var touched = Set(now.keys.filter { now[$0] != before[$0] }).union(before.keys.filter { now[$0] == nil })
    let known = Set(earlier.commits.map(\.id))
    for commit in commits where !known.contains(commit.id) { touched.formUnion(commit.organizations) }
    let earlierCommits = Dictionary(earlier.commits.map { ($0.id, $0) }) { first, _ in first }
    for commit in commits where earlierCommits[commit.id].map({ $0 != commit }) ?? false {
      touched.formUnion(commit.organizations)
    }
    for org in touched {
      changes.insert(StatusChange(.sync, .organization(org)))
      changes.insert(StatusChange(.orgs, .organization(org), item: org, needs: .relaysRead))
    }
  }
}

extension DeclaredRelay {
  fileprivate func isSame(as other: DeclaredRelay) -> Bool {
    guard spec == other.spec, labels == other.labels, staying == other.staying else { return false }
    return activeKeys == other.activeKeys && place == other.place
  }
}

extension DeclaredKey {
  fileprivate func isSame(as other: DeclaredKey) -> Bool {
    guard spec == other.spec, labels == other.labels, relays == other.relays else { return false }
    return status == other.status && daysLeft == other.daysLeft && place == other.place
  }
}

extension DeclaredUser {
  fileprivate func isSame(as other: DeclaredUser) -> Bool {
    guard spec == other.spec, rights == other.rights else { return false }
    return day == other.day && place == other.place
  }
}
