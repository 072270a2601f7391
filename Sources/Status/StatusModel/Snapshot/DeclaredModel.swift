package import ConfigCompiler
package import ConfigModel
package import FleetMonitoring

/// Everything a commit declares, in the form in which it is shown. Unchanged parts of the previous model are reused.
package final class DeclaredModel: Sendable {
  /// Compilation of the newest valid commit, which determines who may see what.
  package let compilation: Compilation
  /// Commits that regions and organizations run.
  package let running: RunningCommits
  /// Day on which expiry was evaluated.
  package let day: CivilDate
  /// Organizations, sorted by name.
  let organizations: [DeclaredOrganization]
  /// Relays of all organizations, in the order of the organizations.
  let relays: [DeclaredRelay]
  /// Keys of all organizations, in the order of the organizations.
  let keys: [DeclaredKey]
  /// Users, the global ones first.
  let users: [DeclaredUser]
  /// Roles, built in and declared, sorted by name.
  let roles: [DeclaredRole]
  private let relayRanges: [String: Range<Int>]
  private let keyRanges: [String: Range<Int>]
  private let userRanges: [String: Range<Int>]
  private let positions: [String: Int]

  /// Creates the model of a commit.
  ///
  /// - Parameters:
  ///   - compilation: the newest valid commit.
  ///   - running: commits from which relays and keys are shown.
  ///   - now: seconds since 1970, at which expiry is evaluated.
  ///   - earlier: model whose unchanged parts are reused.
  package init(
    _ compilation: Compilation, running: RunningCommits = RunningCommits(), now: Int64,
    reusing earlier: DeclaredModel? = nil
  ) {
    let day = CivilDate(unixSeconds: now)
    self.compilation = compilation
    self.running = running
    self.day = day
    // Rights depend on roles, and endpoints on regions.
    let isSamePlatform =
      earlier.map { earlier in
        earlier.day == day && earlier.compilation.platform.platform?.spec == compilation.platform.platform?.spec
          && earlier.compilation.platform.roles.map(\.resource) == compilation.platform.roles.map(\.resource)
      } ?? false
    organizations = Self.sources(compilation, running).map { sources in
      if isSamePlatform, let known = earlier?.organization(named: sources.name), known.sources.isSame(as: sources) {
        return known
      }
      return DeclaredOrganization(sources, in: compilation, day: day)
    }
    var users = compilation.platform.users.map { DeclaredUser($0, org: nil, in: compilation, day: day) }
    var userRanges: [String: Range<Int>] = [:]
    var relays: [DeclaredRelay] = []
    var keys: [DeclaredKey] = []
    var relayRanges: [String: Range<Int>] = [:]
    var keyRanges: [String: Range<Int>] = [:]
    for organization in organizations {
      relayRanges[organization.name] = relays.count..<relays.count + organization.relays.count
      relays += organization.relays
      keyRanges[organization.name] = keys.count..<keys.count + organization.keys.count
      keys += organization.keys
      userRanges[organization.name] = users.count..<users.count + organization.users.count
      users += organization.users
    }
    self.users = users
    self.userRanges = userRanges
    self.relays = relays
    self.keys = keys
    self.relayRanges = relayRanges
    self.keyRanges = keyRanges
    positions = Dictionary(uniqueKeysWithValues: organizations.enumerated().map { ($1.name, $0) })
    roles = DeclaredRole.all(in: compilation)
  }

  /// Returns the organizations of the newest commit and those that still run although it no longer declares them,
  /// sorted by name.
  private static func sources(_ compilation: Compilation, _ running: RunningCommits) -> [OrganizationSources] {
    let declared = compilation.units.map { OrganizationSources(name: $0.name, newest: $0, running) }
    let names = Set(declared.map(\.name))
    var left: Set<String> = []
    for region in running.regions.values {
      left.formUnion(region.staying.keys)
      left.formUnion(region.applied.compilation.units.map(\.name))
    }
    left.subtract(names)
    guard !left.isEmpty else { return declared }
    let others = left.map { OrganizationSources(name: $0, newest: nil, running) }.filter(\.isShown)
    return (declared + others).sorted { $0.name < $1.name }
  }

  /// Specification of the platform; nil if none is declared.
  package var platform: PlatformSpec? { compilation.platform.platform?.spec }

  /// Returns an organization; nil if it is unknown.
  func organization(named name: String) -> DeclaredOrganization? { positions[name].map { organizations[$0] } }

  /// Returns the positions of an organization's relays in `relays`.
  func relayRange(_ org: String) -> Range<Int> { relayRanges[org] ?? 0..<0 }
  /// Returns the positions of an organization's keys in `keys`.
  func keyRange(_ org: String) -> Range<Int> { keyRanges[org] ?? 0..<0 }
  /// Returns the positions of an organization's users in `users`.
  func userRange(_ org: String) -> Range<Int> { userRanges[org] ?? 0..<0 }

  /// Returns the declared properties against which health is assessed.
  package func expectation() -> FleetExpectation {
    FleetExpectation(
      relays: relays.map { relay in
        let isActive = organization(named: relay.org)?.isActive ?? false
        var expectation = RelayExpectation(
          relay.id, regions: relay.spec.regions,
          namespaces: platform.map { platform in
            Set(relay.spec.regions.map { platform.namespace(ofOrganization: relay.org, in: $0) })
          },
          // Relays do not run if their organization is inactive or none of their keys is active.
          isRunning: relay.isRunning && isActive && !relay.activeKeys.isEmpty,
          replicas: relay.spec.podsPerRegion(platform),
          keys: relay.activeKeys,
          bandwidthMbps: relay.spec.bandwidthMbps)
        expectation.firstNamespace = platform?.namespace(ofOrganization: relay.org, in: relay.spec.region)
        return expectation
      },
      organizations: organizations.map { organization in
        OrganizationExpectation(
          organization.name, isActive: organization.isActive, slaTarget: organization.spec?.slaTarget,
          bandwidthMbps: organization.spec?.limits.bandwidthMbps,
          keys: organization.keys.filter { $0.status == .active }.map {
            KeyExpectation($0.name, expires: $0.spec.expires)
          })
      },
      thresholds: platform?.alerts ?? AlertThresholds())
  }
}

/// A role, built in or declared.
struct DeclaredRole: Sendable {
  /// Name of the role.
  let name: String
  /// Whether the role is built in.
  let isBuiltIn: Bool
  /// Permissions of the role.
  let spec: RoleSpec
  /// Description for people.
  let summary: String
  /// Location of the declaration; nil for a built-in role.
  let place: DeclaredPlace?

  /// Returns all roles, sorted by name.
  static func all(in compilation: Compilation) -> [DeclaredRole] {
    let builtIn = BuiltInRole.allCases.map { role in
      DeclaredRole(name: role.rawValue, isBuiltIn: true, spec: role.spec, summary: role.summary, place: nil)
    }
    let declared = compilation.platform.roles.map { role in
      DeclaredRole(
        name: role.name, isBuiltIn: false, spec: role.spec, summary: "declared by the platform",
        place: DeclaredPlace(role.source))
    }
    return (builtIn + declared).sorted { $0.name < $1.name }
  }
}
