import ConfigCompiler
import ConfigModel
import FleetMonitoring
import KeyBundles

/// Location of a declaration.
struct DeclaredPlace: Sendable, Equatable {
  /// Path in the repository.
  let path: String
  /// Line, from 1.
  let line: Int
  /// Commit of the file; nil for the applied one.
  var commit: String?

  init(_ source: SourceDocument, commit: String? = nil) {
    path = source.path
    line = source.line
    self.commit = commit
  }
}

/// A declared relay in the form in which it is shown.
///
/// A class, because ten thousand immutable instances are sorted and passed around.
package final class DeclaredRelay: Sendable {
  /// Platform-wide name.
  let id: RelayID
  /// Sort key: by organization, then by name.
  let order: String
  /// Declared specification, with the relay's share if only its organization has a bandwidth limit.
  let spec: RelaySpec
  /// Declared labels.
  let labels: [String: String]
  /// Where peers reach it in each region that has a public host or a load balancer.
  let endpoints: [(region: String, endpoint: DeclaredEndpoint)]
  /// Location of the declaration.
  let place: DeclaredPlace
  /// Names of the keys it selects.
  let keys: [String]
  /// Names of the selected keys that are active.
  let activeKeys: [String]
  /// Who of them may speak with whom; nil if everybody may speak with everybody.
  let access: RelayAccess?
  /// Pod Security levels of its namespace, by region; empty if the platform is not known.
  let podSecurity: [String: PodSecurityLevel]
  /// Why it differs from the newest commit; nil if it does not.
  let staying: Staying?
  /// Text to search, in lower case.
  let words: String

  init(_ running: OrganizationSources.Relay, platform: PlatformSpec?, day: CivilDate) {
    let unit = running.unit
    let relay = unit.relays[running.position]
    staying = running.staying
    id = RelayID(org: unit.name, name: relay.name)
    order = "\(unit.name)\u{1}\(relay.name)"
    var spec = relay.spec
    if spec.state == .running { spec.bandwidthMbps = unit.bandwidthCaps[running.position] }
    self.spec = spec
    labels = relay.labels
    endpoints = relay.spec.regions.compactMap { region in
      platform?.endpoint(of: relay.name, relay.spec, org: unit.name, in: region).map { (region, $0) }
    }
    podSecurity = Dictionary(
      relay.spec.regions.compactMap { region in platform.map { (region, unit.podSecurity(in: region, $0)) } }
    ) { first, _ in first }
    place = DeclaredPlace(relay.source, commit: staying?.commit)
    let (keyUnit, position) = running.keys
    keys = keyUnit.selections[position].map { keyUnit.keys[$0].name }
    activeKeys = keyUnit.activeKeys(ofRelay: position, on: day).map(\.name)
    access = keyUnit.access(ofRelay: position, on: day)
    let tags = relay.labels.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
    let orgName = unit.organization?.spec.displayName ?? ""
    let own =
      [id.description, orgName, String(relay.spec.port)] + relay.spec.regions
      + endpoints.compactMap(\.endpoint.text)
    words = (own + [relay.spec.state.rawValue] + tags).joined(separator: " ").lowercased()
  }

  /// Returns where peers reach it in one of its regions, as far as declarations say; nil if the region has no host.
  func endpoint(in region: String) -> DeclaredEndpoint? { endpoints.first { $0.region == region }?.endpoint }
  /// Name of the organization.
  var org: String { id.org }
  /// Name within the organization.
  var name: String { id.name }
  /// Whether it is declared to run.
  var isRunning: Bool { spec.state == .running }
}

/// A declared key in the form in which it is shown.
package final class DeclaredKey: Sendable {
  /// Platform-wide name, `org/name`.
  let id: String
  /// Sort key: by organization, then by name.
  let order: String
  /// Name of the organization.
  let org: String
  /// Name within the organization.
  let name: String
  /// Declared specification.
  let spec: KeySpec
  /// Declared labels.
  let labels: [String: String]
  /// Fingerprint of the public key, or of the ciphertext if the key is sealed.
  let fingerprint: String?
  /// Status today.
  let status: KeyStatusView
  /// Days until it expires; -1 if it has expired, nil if it does not expire.
  let daysLeft: Int?
  /// Location of the declaration.
  let place: DeclaredPlace
  /// Names of the relays that select it.
  let relays: [String]
  /// Text to search, in lower case.
  let words: String

  init(_ key: Declared<KeySpec>, org: String, relays: [String], day: CivilDate) {
    self.org = org
    name = key.name
    id = "\(org)/\(key.name)"
    order = "\(org)\u{1}\(key.name)"
    spec = key.spec
    labels = key.labels
    if let publicKey = key.spec.publicKey {
      fingerprint = (try? WireGuardKey(bytes: publicKey.bytes)).flatMap { try? KeyFingerprint(of: $0).text }
    } else {
      fingerprint = key.spec.sealedKey.flatMap { try? KeyFingerprint(ofSealed: $0).text }
    }
    status = key.spec.status == .revoked ? .revoked : key.spec.isActive(on: day) ? .active : .expired
    daysLeft = key.spec.expires.map { max(-1, $0.daysSinceEpoch - day.daysSinceEpoch) }
    place = DeclaredPlace(key.source)
    self.relays = relays
    let tags = key.labels.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
    let own = [id, key.spec.alias ?? "", key.spec.site?.location ?? "", key.spec.site?.region ?? "", status.rawValue]
    words = (own + [key.spec.expires?.description ?? ""] + relays + tags).joined(separator: " ").lowercased()
  }
}

/// Status of a key as it is shown.
package enum KeyStatusView: String, CaseIterable, Sendable { case active, revoked, expired }

/// A declared user with the resulting rights.
package final class DeclaredUser: Sendable {
  /// Platform-wide name.
  let id: UserID
  /// Sort key: global users first.
  let order: String
  /// Declared specification.
  let spec: UserSpec
  /// Rights that follow from the roles.
  let rights: Rights
  /// Day on which expiry was evaluated.
  let day: CivilDate
  /// Location of the declaration.
  let place: DeclaredPlace
  /// Text to search, in lower case.
  let words: String

  init(_ user: Declared<UserSpec>, org: String?, in compilation: Compilation, day: CivilDate) {
    id = UserID(org: org, name: user.name)
    order = "\(org ?? "")\u{1}\(user.name)"
    spec = user.spec
    rights = compilation.rights(of: id)
    self.day = day
    place = DeclaredPlace(user.source)
    words = ([id.description, user.spec.displayName, user.spec.email, user.spec.status.rawValue] + user.spec.roles)
      .joined(separator: " ").lowercased()
  }
}

/// Everything an organization declares, as far as it is applied.
package final class DeclaredOrganization: Sendable {
  /// Commits that it is shown from.
  let sources: OrganizationSources
  /// Relays, sorted by name.
  let relays: [DeclaredRelay]
  /// Keys, sorted by name.
  let keys: [DeclaredKey]
  /// Users.
  let users: [DeclaredUser]
  /// Number of active keys.
  let activeKeys: Int
  /// Number of revoked keys.
  let revokedKeys: Int
  /// Number of active keys on relays that are declared to run, counted once per relay.
  let expectedPeers: Int
  /// Text to search, in lower case.
  let words: String

  init(_ sources: OrganizationSources, in compilation: Compilation, day: CivilDate) {
    self.sources = sources
    let name = sources.name
    let platform = compilation.platform.platform?.spec
    let running = sources.relays
    relays = running.map { DeclaredRelay($0, platform: platform, day: day) }
    keys = sources.keys(of: running).map { DeclaredKey($0.key, org: name, relays: $0.relays, day: day) }
    // Rights always come from the newest valid commit, even if the organization is kept or held: an error must not
    // prolong access.
    users = (sources.newest?.users ?? []).map { DeclaredUser($0, org: name, in: compilation, day: day) }
    activeKeys = keys.count { $0.status == .active }
    expectedPeers = relays.filter(\.isRunning).reduce(0) { $0 + $1.activeKeys.count }
    revokedKeys = keys.count { $0.status == .revoked }
    let spec = sources.own?.organization?.spec
    words = "\(name) \(spec?.displayName ?? "") \(spec?.status.rawValue ?? "")".lowercased()
  }

  /// Name of the organization.
  var name: String { sources.name }
  /// Declared specification; nil if the organization has no document.
  var spec: OrganizationSpec? { sources.own?.organization?.spec }
  /// Location of the declaration.
  var place: DeclaredPlace? { sources.own?.organization.map { DeclaredPlace($0.source) } }
  /// Whether its relays run, according to the applied commit.
  var isActive: Bool { sources.running?.organization?.spec.status == .active }

  /// Sum of its running relays' bandwidth caps, in Mbit/s.
  var bandwidth: Int {
    relays.filter(\.isRunning).compactMap(\.spec.bandwidthMbps).reduce(0) {
      $0.addingReportingOverflow($1).partialValue
    }
  }

  /// Returns the number of active keys that expire within this many days.
  func expiringKeys(within days: Int) -> Int {
    keys.count { $0.status == .active && $0.daysLeft.map { $0 <= days } ?? false }
  }
}
