import ConfigCompiler
import ConfigModel
import FleetMonitoring
import KeyBundles

/// Where something is declared.
struct DeclaredPlace: Sendable, Equatable {
  let path: String
  /// From 1.
  let line: Int
  /// The commit, if it is not the applied one.
  var commit: String?

  init(_ source: SourceDocument, commit: String? = nil) {
    path = source.path
    line = source.line
    self.commit = commit
  }
}

/// A relay as its organization declares it, in the form in which it is shown. A class, because ten thousand of them are
/// sorted and passed around, and never changed.
package final class DeclaredRelay: Sendable {
  let id: RelayID
  /// Sorts as the organizations and their relays do.
  let order: String
  let spec: RelaySpec
  let labels: [String: String]
  /// Where peers reach it.
  let endpoint: String?
  let place: DeclaredPlace
  /// Names of the keys that it selects, and of those that are active.
  let keys: [String]
  let activeKeys: [String]
  /// Why it is not what the newest commit says; nil if it is.
  let staying: Staying?
  /// To search in, in lower case.
  let words: String

  init(_ running: OrganizationSources.Relay, platform: PlatformSpec?, day: CivilDate) {
    let unit = running.unit
    let relay = unit.relays[running.position]
    staying = running.staying
    id = RelayID(org: unit.name, name: relay.name)
    order = "\(unit.name)\u{1}\(relay.name)"
    spec = relay.spec
    labels = relay.labels
    let host = platform?.region(relay.spec.region)?.publicHost
    endpoint = host.flatMap { $0.isEmpty ? nil : "\($0):\(relay.spec.port)" }
    place = DeclaredPlace(relay.source, commit: staying?.commit)
    let (keyUnit, position) = running.keys
    keys = keyUnit.selections[position].map { keyUnit.keys[$0].name }
    activeKeys = keyUnit.activeKeys(ofRelay: position, on: day).map(\.name)
    let tags = relay.labels.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
    let orgName = unit.organization?.spec.displayName ?? ""
    let own = [id.description, orgName, relay.spec.region, String(relay.spec.port), endpoint ?? ""]
    words = (own + [relay.spec.state.rawValue] + tags).joined(separator: " ").lowercased()
  }

  var org: String { id.org }
  var name: String { id.name }
  var isRunning: Bool { spec.state == .running }
}

/// A key as its organization declares it.
package final class DeclaredKey: Sendable {
  /// `org/name`.
  let id: String
  /// Sorts as the organizations and their keys do.
  let order: String
  let org: String
  let name: String
  let spec: KeySpec
  let labels: [String: String]
  /// Of the public key; of the sealed text where it is sealed.
  let fingerprint: String?
  let status: ShownKeyStatus
  /// Days until it expires; nil where it does not.
  let daysLeft: Int?
  let place: DeclaredPlace
  /// Names of the relays that select it.
  let relays: [String]
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

/// The life of a key as it is shown.
package enum ShownKeyStatus: String, CaseIterable, Sendable { case active, revoked, expired }

/// A user as it is declared, with what it may do.
package final class DeclaredUser: Sendable {
  let id: UserID
  /// Sorts global users first.
  let order: String
  let spec: UserSpec
  let rights: Rights
  let day: CivilDate
  let place: DeclaredPlace
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

/// All that one organization declares, as far as it is applied.
package final class DeclaredOrganization: Sendable {
  let sources: OrganizationSources
  let relays: [DeclaredRelay]
  let keys: [DeclaredKey]
  let users: [DeclaredUser]
  /// Keys by how they are.
  let activeKeys: Int
  let revokedKeys: Int
  /// Active keys of relays that are declared to run, once for each relay.
  let expectedPeers: Int
  let words: String

  init(_ sources: OrganizationSources, in compilation: Compilation, day: CivilDate) {
    self.sources = sources
    let name = sources.name
    let platform = compilation.platform.platform?.spec
    let running = sources.relays
    relays = running.map { DeclaredRelay($0, platform: platform, day: day) }
    keys = sources.keys(of: running).map { DeclaredKey($0.key, org: name, relays: $0.relays, day: day) }
    // Rights come from the newest commit that counts, whatever is kept or held: nobody gets in for longer by an error.
    users = (sources.newest?.users ?? []).map { DeclaredUser($0, org: name, in: compilation, day: day) }
    activeKeys = keys.count { $0.status == .active }
    expectedPeers = relays.filter(\.isRunning).reduce(0) { $0 + $1.activeKeys.count }
    revokedKeys = keys.count { $0.status == .revoked }
    let spec = sources.own?.organization?.spec
    words = "\(name) \(spec?.displayName ?? "") \(spec?.status.rawValue ?? "")".lowercased()
  }

  var name: String { sources.name }
  var spec: OrganizationSpec? { sources.own?.organization?.spec }
  var place: DeclaredPlace? { sources.own?.organization.map { DeclaredPlace($0.source) } }
  /// Whether its relays run: as the commit says that is applied.
  var isActive: Bool { sources.running?.organization?.spec.status == .active }

  /// The sum of its relays' caps, in Mbit/s.
  var bandwidth: Int {
    relays.compactMap(\.spec.bandwidthMbps).reduce(0) { $0.addingReportingOverflow($1).partialValue }
  }

  func expiringKeys(within days: Int) -> Int {
    keys.count { $0.status == .active && $0.daysLeft.map { $0 <= days } ?? false }
  }
}
