package import ConfigCompiler
package import ConfigModel
package import FleetMonitoring

/// What one commit declares, in the forms in which it is shown. Made from the model before, of which whatever did not change
/// is used again.
package final class DeclaredModel: Sendable {
  /// Of the newest commit that counts: it decides who may see what.
  package let compilation: Compilation
  package let running: RunningCommits
  package let day: CivilDate
  let organizations: [DeclaredOrganization]
  /// Of all organizations, in their order.
  let relays: [DeclaredRelay]
  let keys: [DeclaredKey]
  /// Global users first.
  let users: [DeclaredUser]
  let roles: [DeclaredRole]
  private let relayRanges: [String: Range<Int>]
  private let keyRanges: [String: Range<Int>]
  private let userRanges: [String: Range<Int>]
  private let positions: [String: Int]

  /// - Parameters:
  ///   - running: what relays and keys are shown from.
  ///   - now: seconds since 1970, against which expiry is judged.
  package init(
    _ compilation: Compilation, running: RunningCommits = RunningCommits(), now: Int64,
    reusing earlier: DeclaredModel? = nil
  ) {
    let day = CivilDate(unixSeconds: now)
    self.compilation = compilation
    self.running = running
    self.day = day
    // Rights hang on roles, and endpoints on regions.
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

  /// The organizations of the newest commit, and those that still run though they left it. Sorted by name.
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

  package var platform: PlatformSpec? { compilation.platform.platform?.spec }

  func organization(named name: String) -> DeclaredOrganization? { positions[name].map { organizations[$0] } }

  func relayRange(_ org: String) -> Range<Int> { relayRanges[org] ?? 0..<0 }
  func keyRange(_ org: String) -> Range<Int> { keyRanges[org] ?? 0..<0 }
  func userRange(_ org: String) -> Range<Int> { userRanges[org] ?? 0..<0 }

  /// What health is judged by.
  ///
  /// - Parameter mostReplicas: instances of a relay where it runs, whatever is declared; nil for no bound.
  package func expectation(mostReplicas: Int? = nil) -> FleetExpectation {
    FleetExpectation(
      relays: relays.map { relay in
        let isActive = organization(named: relay.org)?.isActive ?? false
        return RelayExpectation(
          relay.id, region: relay.spec.region, namespace: platform?.namespace(ofOrganization: relay.org),
          // Relays of an organization that is not active, or without any active key, do not run.
          isRunning: relay.isRunning && isActive && !relay.activeKeys.isEmpty,
          replicas: min(relay.spec.replicas ?? platform?.defaults.replicas ?? 1, mostReplicas ?? .max),
          keys: relay.activeKeys,
          bandwidthMbps: relay.spec.bandwidthMbps)
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
  let name: String
  let isBuiltIn: Bool
  let spec: RoleSpec
  let summary: String
  let place: DeclaredPlace?

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
