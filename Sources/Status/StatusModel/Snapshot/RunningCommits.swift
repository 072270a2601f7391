package import ConfigCompiler
import ConfigModel

/// Commits running in each region, as reported by the daemon. Not everything follows the newest commit.
package struct RunningCommits: Sendable {
  /// A commit with its declarations.
  package struct Commit: Sendable {
    /// Commit id.
    package let id: String
    /// Declarations of the commit.
    package let compilation: Compilation

    /// Creates a commit.
    package init(id: String, compilation: Compilation) {
      self.id = id
      self.compilation = compilation
    }
  }

  /// Commits running in a region.
  package struct Region: Sendable {
    /// Commit applied in the region.
    package let applied: Commit
    /// Commits that kept or held organizations run from, by organization.
    package let staying: [String: Commit]

    /// Creates a region.
    package init(applied: Commit, staying: [String: Commit] = [:]) {
      self.applied = applied
      self.staying = staying
    }
  }

  /// Regions by name. Relays of a region that is missing run as the newest commit declares.
  package var regions: [String: Region]
  /// Organizations whose changes await approval. Others that stay behind are kept because of errors.
  package var held: Set<String>

  /// Creates a report; by default, everything runs the newest commit.
  package init(regions: [String: Region] = [:], held: Set<String> = []) {
    self.regions = regions
    self.held = held
  }
}

/// Why a relay differs from the newest commit.
struct Staying: Sendable, Equatable {
  /// Reason for the difference.
  enum Reason: String, CaseIterable, Sendable {
    /// Its organization is kept at its last good commit.
    case kept
    /// Its removal awaits approval.
    case removalHeld = "removal-held"
    /// Its change awaits approval.
    case changeHeld = "change-held"
  }

  /// Reason for the difference.
  let reason: Reason
  /// Commit that the relay runs from.
  let commit: String
}

/// Commits from which an organization is shown.
struct OrganizationSources: Sendable {
  /// State of the organization in one region.
  struct Part: Sendable {
    /// Name of the region.
    let region: String
    /// Declarations in the region's commit; nil if the commit does not declare the organization.
    let unit: OrganizationUnit?
    /// Commit that the organization stays at; nil if it follows the region.
    let staysAt: String?
  }

  /// Name of the organization.
  let name: String
  /// Declarations in the newest commit; nil if it no longer declares the organization.
  let newest: OrganizationUnit?
  /// Whether the organization's changes await approval.
  let isHeld: Bool
  /// State by region; empty if everything runs as the newest commit declares.
  let parts: [Part]

  init(name: String, newest: OrganizationUnit?, _ running: RunningCommits) {
    self.name = name
    self.newest = newest
    isHeld = running.held.contains(name)
    // An organization that is kept in one region takes nothing from the breaking commit in any other.
    let isKept = !isHeld && running.regions.values.contains { $0.staying[name] != nil }
    let parts = running.regions.sorted { $0.key < $1.key }.map { region, commits in
      let stays = commits.staying[name]
      let commit = stays ?? (isKept ? nil : commits.applied)
      return Part(region: region, unit: commit?.compilation.unit(named: name), staysAt: stays?.id)
    }
    self.parts = parts.allSatisfy { $0.unit === newest && $0.staysAt == nil } ? [] : parts
  }

  /// Declarations of the commit that it stays at; nil if it stays nowhere.
  private var stayingUnit: OrganizationUnit? { parts.first { $0.staysAt != nil && $0.unit != nil }?.unit }

  /// Declarations whose organization document and keys are shown; for a kept organization, those of its last good
  /// commit.
  var own: OrganizationUnit? {
    let older = stayingUnit ?? (newest == nil ? parts.lazy.compactMap(\.unit).first : nil)
    return isHeld ? newest ?? older : older ?? newest
  }

  /// Declarations whose organization document governs the running relays.
  var running: OrganizationUnit? { stayingUnit ?? own }

  /// Whether the organization is declared or still has relays running in some region.
  var isShown: Bool {
    newest != nil
      || parts.contains { part in part.unit?.relays.contains { $0.spec.regions.contains(part.region) } ?? false }
  }

  /// Returns whether both refer to the same declarations.
  func isSame(as other: OrganizationSources) -> Bool {
    newest === other.newest && isHeld == other.isHeld && parts.count == other.parts.count
      && zip(parts, other.parts).allSatisfy {
        $0.region == $1.region && $0.unit === $1.unit && $0.staysAt == $1.staysAt
      }
  }

  // MARK: - Relays and keys

  /// A relay as it runs.
  struct Relay {
    /// Declarations that the relay runs from.
    let unit: OrganizationUnit
    /// Position of the relay in `unit`.
    let position: Int
    /// Declarations and position from which its keys are taken; changes to keys are never held.
    let keys: (unit: OrganizationUnit, position: Int)
    /// Why the relay differs from the newest commit; nil if it does not.
    let staying: Staying?
  }

  /// Relays as they run, sorted by name.
  var relays: [Relay] {
    var found: [String: Relay] = [:]
    let newestRelays = Dictionary(
      uniqueKeysWithValues: (newest?.relays ?? []).enumerated().map { ($1.name, $0) })
    for part in parts {
      guard let unit = part.unit else { continue }
      for (position, relay) in unit.relays.enumerated() where relay.spec.regions.contains(part.region) {
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
      where regions.isDisjoint(with: relay.spec.regions) && found[relay.name] == nil {
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

  /// Returns the organization's keys, and keys that a running relay still admits although they are no longer declared.
  ///
  /// - Returns: Each key with the names of the relays that select it, sorted by name.
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
