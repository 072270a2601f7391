import ConfigCompiler
import ConfigModel
import FleetHealth
import KeyBundles

/// Where something is declared.
struct DeclaredPlace: Sendable, Equatable {
  let path: String
  /// From 1.
  let line: Int

  init(_ source: SourceDocument) {
    path = source.path
    line = source.line
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
  /// To search in, in lower case.
  let words: String

  init(_ unit: OrganizationUnit, position: Int, platform: PlatformSpec?, day: CivilDate) {
    let relay = unit.relays[position]
    id = RelayID(org: unit.name, name: relay.name)
    order = "\(unit.name)\u{1}\(relay.name)"
    spec = relay.spec
    labels = relay.labels
    let host = platform?.region(relay.spec.region)?.publicHost
    endpoint = host.flatMap { $0.isEmpty ? nil : "\($0):\(relay.spec.port)" }
    place = DeclaredPlace(relay.source)
    keys = unit.selections[position].map { unit.keys[$0].name }
    activeKeys = unit.activeKeys(ofRelay: position, on: day).map(\.name)
    let tags = relay.labels.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
    words = ([id.description, relay.spec.region, endpoint ?? ""] + tags).joined(separator: " ").lowercased()
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
    words = [id, key.spec.alias ?? "", key.spec.site?.location ?? "", key.spec.site?.region ?? ""]
      .joined(separator: " ").lowercased()
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
    words = [id.description, user.spec.displayName, user.spec.email].joined(separator: " ").lowercased()
  }
}

/// All that one organization declares.
package final class DeclaredOrganization: Sendable {
  let unit: OrganizationUnit
  let relays: [DeclaredRelay]
  let keys: [DeclaredKey]
  let users: [DeclaredUser]
  /// Keys by how they are.
  let activeKeys: Int
  let revokedKeys: Int
  /// Active keys of relays that are declared to run, once for each relay.
  let expectedPeers: Int
  let words: String

  init(_ unit: OrganizationUnit, in compilation: Compilation, day: CivilDate) {
    self.unit = unit
    let platform = compilation.platform.platform?.spec
    relays = unit.relays.indices.map { DeclaredRelay(unit, position: $0, platform: platform, day: day) }
    var relaysOfKeys = Array(repeating: [String](), count: unit.keys.count)
    for (position, relay) in unit.relays.enumerated() {
      for key in unit.selections[position] { relaysOfKeys[key].append(relay.name) }
    }
    keys = zip(unit.keys, relaysOfKeys).map { DeclaredKey($0, org: unit.name, relays: $1, day: day) }
    users = unit.users.map { DeclaredUser($0, org: unit.name, in: compilation, day: day) }
    activeKeys = keys.count { $0.status == .active }
    expectedPeers = relays.filter(\.isRunning).reduce(0) { $0 + $1.activeKeys.count }
    revokedKeys = keys.count { $0.status == .revoked }
    words = "\(unit.name) \(unit.organization?.spec.displayName ?? "")".lowercased()
  }

  var name: String { unit.name }
  var spec: OrganizationSpec? { unit.organization?.spec }

  /// The sum of its relays' caps, in Mbit/s.
  var bandwidth: Int {
    relays.compactMap(\.spec.bandwidthMbps).reduce(0) { $0.addingReportingOverflow($1).partialValue }
  }

  func expiringKeys(within days: Int) -> Int {
    keys.count { $0.status == .active && $0.daysLeft.map { $0 <= days } ?? false }
  }
}
