package import ConfigCompiler
import ConfigModel

/// What runs, region by region, by what a daemon reports: not everything follows the newest commit.
package struct RunningCommits: Sendable {
  /// A commit and what it declares.
  package struct Commit: Sendable {
    package let id: String
    package let compilation: Compilation

    package init(id: String, compilation: Compilation) {
      self.id = id
      self.compilation = compilation
    }
  }

  package struct Region: Sendable {
    /// The commit that is applied there.
    package let applied: Commit
    /// By organization that is kept or held: the commit from which it runs.
    package let staying: [String: Commit]

    package init(applied: Commit, staying: [String: Commit] = [:]) {
      self.applied = applied
      self.staying = staying
    }
  }

  /// By name. Relays of a region that is missing run as the newest commit says.
  package var regions: [String: Region]
  /// Organizations whose changes wait for an approval; others that stay are kept for their errors.
  package var held: Set<String>

  package init(regions: [String: Region] = [:], held: Set<String> = []) {
    self.regions = regions
    self.held = held
  }
}

/// Why a relay is not what the newest commit says.
struct Staying: Sendable, Equatable {
  enum Reason: String, CaseIterable, Sendable {
    /// Its organization is kept at its last good commit.
    case kept
    /// Its removal waits for an approval.
    case removalHeld = "removal-held"
    /// Its change waits for an approval.
    case changeHeld = "change-held"
  }

  let reason: Reason
  /// The commit from which it runs.
  let commit: String
}

/// The commits from which one organization is shown.
struct OrganizationSources: Sendable {
  struct Part: Sendable {
    let region: String
    /// Nil if the commit does not have the organization.
    let unit: OrganizationUnit?
    /// The commit, if the organization stays at it.
    let staysAt: String?
  }

  let name: String
  /// In the newest commit; nil if it is not declared there any more.
  let newest: OrganizationUnit?
  let isHeld: Bool
  /// By region. Empty if everything runs as the newest commit says.
  let parts: [Part]

  init(name: String, newest: OrganizationUnit?, _ running: RunningCommits) {
    self.name = name
    self.newest = newest
    isHeld = running.held.contains(name)
    // An organization that is kept in one region has nothing of the commit that broke it in another one.
    let isKept = !isHeld && running.regions.values.contains { $0.staying[name] != nil }
    let parts = running.regions.sorted { $0.key < $1.key }.map { region, commits in
      let stays = commits.staying[name]
      let commit = stays ?? (isKept ? nil : commits.applied)
      return Part(region: region, unit: commit?.compilation.unit(named: name), staysAt: stays?.id)
    }
    self.parts = parts.allSatisfy { $0.unit === newest && $0.staysAt == nil } ? [] : parts
  }

  /// What it stays at where that is not the newest commit.
  private var stayingUnit: OrganizationUnit? { parts.first { $0.staysAt != nil && $0.unit != nil }?.unit }

  /// Whose own document and keys are shown: of an organization that is kept, those of its last good commit.
  var own: OrganizationUnit? {
    let older = stayingUnit ?? (newest == nil ? parts.lazy.compactMap(\.unit).first : nil)
    return isHeld ? newest ?? older : older ?? newest
  }

  /// By whose own document its relays run.
  var running: OrganizationUnit? { stayingUnit ?? own }

  /// Whether relays of it run in a region.
  var isShown: Bool {
    newest != nil || parts.contains { part in part.unit?.relays.contains { $0.spec.region == part.region } ?? false }
  }

  func isSame(as other: OrganizationSources) -> Bool {
    newest === other.newest && isHeld == other.isHeld && parts.count == other.parts.count
      && zip(parts, other.parts).allSatisfy {
        $0.region == $1.region && $0.unit === $1.unit && $0.staysAt == $1.staysAt
      }
  }

  // MARK: - Relays and keys

  /// A relay as it runs.
  struct Relay {
    let unit: OrganizationUnit
    let position: Int
    /// Where its keys are declared: keys are never held.
    let keys: (unit: OrganizationUnit, position: Int)
    let staying: Staying?
  }

  /// Sorted by name.
  var relays: [Relay] {
    var found: [String: Relay] = [:]
    let newestRelays = Dictionary(
      uniqueKeysWithValues: (newest?.relays ?? []).enumerated().map { ($1.name, $0) })
    for part in parts {
      guard let unit = part.unit else { continue }
      for (position, relay) in unit.relays.enumerated() where relay.spec.region == part.region {
        if found[relay.name]?.unit === newest, found[relay.name] != nil { continue }
        let now = newestRelays[relay.name].flatMap { place in newest.map { (unit: $0, position: place) } }
        found[relay.name] = Relay(
          unit: unit, position: position,
          keys: isHeld && part.staysAt != nil ? now ?? (unit, position) : (unit, position),
          staying: staying(part, relay, now.map { $0.unit.relays[$0.position] }))
      }
    }
    let regions = Set(parts.map(\.region))
    if let newest {
      for (position, relay) in newest.relays.enumerated()
      where !regions.contains(relay.spec.region) && found[relay.name] == nil {
        found[relay.name] = Relay(unit: newest, position: position, keys: (newest, position), staying: nil)
      }
    }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }

  private func staying(_ part: Part, _ relay: Declared<RelaySpec>, _ now: Declared<RelaySpec>?) -> Staying? {
    guard let commit = part.staysAt else { return nil }
    guard isHeld else { return Staying(reason: .kept, commit: commit) }
    guard let now else { return Staying(reason: .removalHeld, commit: commit) }
    let isSame = now.spec == relay.spec && now.labels == relay.labels
    return isSame ? nil : Staying(reason: .changeHeld, commit: commit)
  }

  /// The organization's keys, and those that a relay which runs lets in though they are not declared any more; with the
  /// relays that select each. Sorted by name.
  func keys(of relays: [Relay]) -> [(key: Declared<KeySpec>, relays: [String])] {
    var keys: [String: (key: Declared<KeySpec>, relays: [String])] = [:]
    for key in own?.keys ?? [] { keys[key.name] = (key, []) }
    for relay in relays {
      let (unit, position) = relay.keys
      for selected in unit.selections[position] {
        let key = unit.keys[selected]
        keys[key.name, default: (key, [])].relays.append(relay.unit.relays[relay.position].name)
      }
    }
    return keys.sorted { $0.key < $1.key }.map(\.value)
  }
}
