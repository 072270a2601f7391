package import ConfigModel
import ConfigSchema
import Diagnostics

/// Declarations in one organization's folder, with names resolved inside it.
///
/// A function of that folder alone, and immutable, so that later compilations can share it.
package final class OrganizationUnit: Sendable {
  /// Name of the folder and of the organization.
  package let name: String
  /// Tree ID of the folder in Git; nil in a working folder.
  package let identity: ContentIdentity?
  /// Files with documents, by path.
  package let files: [String: ParsedFile]
  /// Files that declare nothing, by path.
  let scanned: [String: ScannedFile]
  /// The organization's own document; nil if it is missing or could not be decoded.
  package let organization: Declared<OrganizationSpec>?
  /// The organization's users, sorted by name.
  package let users: [Declared<UserSpec>]
  /// The organization's keys, sorted by name.
  package let keys: [Declared<KeySpec>]
  /// The organization's relays, sorted by name.
  package let relays: [Declared<RelaySpec>]
  /// For each relay, the ascending indexes in `keys` of the keys that it selects.
  package let selections: [[Int]]
  /// For each relay, its bandwidth cap in Mbit/s: its own, or its share of the organization's limit; nil without either.
  package let bandwidthCaps: [Int?]
  /// Key names that a relay mentions but the organization does not declare.
  let unknownKeys: [UnknownKey]
  /// Kinds of which a document could not be decoded, so that a missing name of that kind proves nothing.
  let incompleteKinds: Set<Kind>
  /// First words of the public keys, in one array for the search for duplicates across organizations.
  let publicKeyWords: [UInt64]
  /// Hashes of the sealed values, for the same search.
  let sealedWords: [UInt64]
  /// Names in the folder that some file systems treat as the same.
  let collisions: [PathCollision]
  /// Problems of the folder by itself.
  let diagnostics: [Diagnostic]

  /// A key name without a declaration.
  struct UnknownKey: Sendable {
    /// The name.
    let name: String
    /// The field that mentions it.
    let place: Place
  }

  init(
    folder: RepositoryTree.OrganizationFolder, files: [ParsedFile], scanned: [String: ScannedFile],
    treeDiagnostics: [Diagnostic],
    collisions: [PathCollision]
  ) {
    var report = Report()
    var incompleteKinds: Set<Kind> = []
    var organizations: [(resource: Resource<OrganizationSpec>, source: SourceDocument)] = []
    var users: [(resource: Resource<UserSpec>, source: SourceDocument)] = []
    var keys: [(resource: Resource<KeySpec>, source: SourceDocument)] = []
    var relays: [(resource: Resource<RelaySpec>, source: SourceDocument)] = []
    for file in files {
      if file.isIncomplete {
        incompleteKinds.formUnion(PathRole(of: file.source.path, ignored: IgnoreGlobs()).kinds)
      }
      for document in file.documents {
        Self.checkOrganization(of: document, folder: folder.name, &report)
        switch document.declaration {
        case .organization(let resource): organizations.append((resource, document.source))
        case .user(let resource): users.append((resource, document.source))
        case .key(let resource): keys.append((resource, document.source))
        case .relay(let resource): relays.append((resource, document.source))
        case .platform, .role: break
        }
      }
    }
    for extra in organizations.dropFirst() {
      report.add(
        .severalOfOneKind, "the folder `orgs/\(folder.name)` contains a second Organization",
        at: Place(extra.source, .name), related: [Place(organizations[0].source, .name, "the first one")],
        help: "keep one, and move the other to its own folder")
    }
    if organizations.isEmpty, !incompleteKinds.contains(.organization) {
      report.add(
        Diagnostic(
          .missingOrganization, "the folder `orgs/\(folder.name)` has no organization.yaml",
          at: Diagnostic.Label(
            SourceLocation(path: folder.entries.first?.path ?? "orgs/\(folder.name)", range: .fileStart)),
          help: "add `orgs/\(folder.name)/organization.yaml` with a document of kind Organization"))
    }
    if let reason = Self.nameFault(folder.name) {
      report.add(
        Diagnostic(
          .invalidFolderName, "`\(folder.name)` is not a valid organization name: \(reason)",
          at: Diagnostic.Label(
            SourceLocation(path: folder.entries.first?.path ?? "orgs/\(folder.name)", range: .fileStart)),
          help: "rename the folder"))
    }

    name = folder.name
    identity = folder.identity
    self.files = Dictionary(files.map { ($0.source.path, $0) }) { first, _ in first }
    organization = organizations.first.map { Declared(resource: $0.resource, source: $0.source) }
    self.users = declared(users, &report)
    let sortedKeys = declared(keys, &report)
    let sortedRelays = declared(relays, &report)
    self.keys = sortedKeys
    self.relays = sortedRelays
    bandwidthCaps = BandwidthShares(of: sortedRelays.map(\.spec), limit: organization?.spec.limits.bandwidthMbps).caps
    var unknownKeys: [UnknownKey] = []
    let positions = Dictionary(uniqueKeysWithValues: sortedKeys.enumerated().map { ($1.name, $0) })
    selections = sortedRelays.map { relay in
      Self.select(relay, from: sortedKeys, positions: positions, &unknownKeys)
    }
    for relay in sortedRelays {
      unknownKeys += Self.unknownKeys(of: relay.spec.tests, in: relay, positions: positions)
      unknownKeys += Self.unknownAccessKeys(of: relay, positions: positions)
    }
    if let organization {
      unknownKeys += Self.unknownKeys(of: organization.spec.tests, in: organization, positions: positions)
    }
    self.unknownKeys = incompleteKinds.contains(.key) ? [] : unknownKeys
    self.incompleteKinds = incompleteKinds
    publicKeyWords = sortedKeys.compactMap { $0.spec.publicKey?.firstWord }
    let sealed =
      sortedKeys.compactMap(\.spec.sealedKey)
      + [organizations.first?.resource.spec.identity?.sealedIdentity].compactMap { $0 }
    sealedWords = sealed.map { UInt64(truncatingIfNeeded: Claim(sealed: $0).hashValue) }
    self.collisions = collisions
    self.scanned = scanned
    diagnostics =
      treeDiagnostics + scanned.values.flatMap(\.diagnostics) + files.flatMap(\.diagnostics) + report.diagnostics
  }

  /// Returns the active keys of the relay at index `position` on `day`.
  package func activeKeys(ofRelay position: Int, on day: CivilDate) -> [Declared<KeySpec>] {
    selections[position].map { keys[$0] }.filter { $0.spec.isActive(on: day) }
  }

  /// Returns who may speak with whom on the relay at index `position` on `day`; nil if everybody may speak with everybody.
  package func access(ofRelay position: Int, on day: CivilDate) -> RelayAccess? {
    guard let rules = relays[position].spec.access else { return nil }
    return RelayAccess(rules, keys: activeKeys(ofRelay: position, on: day))
  }

  /// Returns the keys that would be active on `day` for a relay if it were declared here. Undeclared names are ignored.
  func activeKeys(selectedBy relay: Declared<RelaySpec>, on day: CivilDate) -> [Declared<KeySpec>] {
    var unknown: [UnknownKey] = []
    let positions = Dictionary(keys.enumerated().map { ($1.name, $0) }) { first, _ in first }
    return Self.select(relay, from: keys, positions: positions, &unknown).map { keys[$0] }
      .filter { $0.spec.isActive(on: day) }
  }

  private static func checkOrganization(of document: ParsedDocument, folder: String, _ report: inout Report) {
    let metadata = document.declaration.metadata
    if let org = metadata.org, org != folder {
      report.add(
        .organizationMismatch, "the document says it belongs to `\(org)`, but it is in the folder of `\(folder)`",
        at: Place(document.source, ["metadata", "org"]), help: "move the document, or write `org: \(folder)`")
    }
    if case .organization = document.declaration, metadata.name != folder {
      report.add(
        .organizationMismatch, "the organization is named `\(metadata.name)`, but its folder is named `\(folder)`",
        at: Place(document.source, .name),
        help: "the two names must match: write `name: \(folder)`, or rename the folder")
    }
  }

  /// Returns why a text cannot be an organization's name; nil if it can.
  static func nameFault(_ name: String) -> String? {
    let bytes = name.utf8
    if bytes.count > 40 { return "it has more than 40 characters" }
    let isPlain = bytes.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D }
    if !isPlain { return "a name has lower-case letters, digits and `-` only" }
    if name.hasPrefix("-") || name.hasSuffix("-") { return "a name begins and ends with a letter or digit" }
    return nil
  }

  private static func select(
    _ relay: Declared<RelaySpec>, from keys: [Declared<KeySpec>], positions: [String: Int],
    _ unknown: inout [UnknownKey]
  ) -> [Int] {
    var selected: Set<Int> = []
    for (index, name) in relay.spec.keys.names.enumerated() {
      if let position = positions[name] {
        selected.insert(position)
      } else {
        unknown.append(
          UnknownKey(name: name, place: relay.place(["spec", "keys", "names", .index(index)])))
      }
    }
    if let selector = relay.spec.keys.selector {
      for (position, key) in keys.enumerated() where selector.matches(key.labels) { selected.insert(position) }
    }
    return selected.sorted()
  }

  private static func unknownAccessKeys(
    of relay: Declared<RelaySpec>, positions: [String: Int]
  ) -> [UnknownKey] {
    var unknown: [UnknownKey] = []
    for (row, rule) in (relay.spec.access ?? []).enumerated() {
      for (column, side) in rule.between.enumerated() {
        for (index, name) in side.names.enumerated() where positions[name] == nil {
          let path = FieldPath([
            "spec", "access", .index(row), "between", .index(column), "names", .index(index),
          ])
          unknown.append(UnknownKey(name: name, place: relay.place(path)))
        }
      }
    }
    return unknown
  }

  private static func unknownKeys<Spec>(
    of tests: ReachabilityTests, in document: Declared<Spec>, positions: [String: Int]
  ) -> [UnknownKey] {
    var unknown: [UnknownKey] = []
    for (field, pairs) in [
      ("mustConnect", tests.mustConnect), ("mustNotConnect", tests.mustNotConnect),
    ] {
      for (row, pair) in pairs.enumerated() {
        for (column, name) in pair.enumerated() where positions[name] == nil {
          let path = FieldPath(["spec", "tests", .field(field), .index(row), .index(column)])
          unknown.append(UnknownKey(name: name, place: document.place(path)))
        }
      }
    }
    return unknown
  }
}
