package import ConfigCompiler
package import ConfigModel
import TextFormats

/// The public half of a peer's key, as stored in the repository.
package enum KeyMaterial: Sendable {
  /// A WireGuard public key in base64.
  case publicKey(String)
  /// A sealed key, as armored text from `wpex seal`.
  case sealed(String)

  fileprivate var field: String {
    switch self {
    case .publicKey: "publicKey"
    case .sealed: "sealedKey"
    }
  }

  fileprivate var text: String {
    switch self {
    case .publicKey(let text), .sealed(let text): text
    }
  }
}

/// The properties of a key to add.
package struct NewKey: Sendable {
  /// The key itself.
  package var material: KeyMaterial
  /// A name for display.
  package var alias: String?
  /// Labels, which relays' selectors match.
  package var labels: [(name: String, value: String)] = []
  /// The last day on which the key is admitted; nil for no limit.
  package var expires: CivilDate?
  /// The peer's site.
  package var site = Site()
  /// Relays of the same organization that admit the key by name.
  package var relays: [String] = []
  /// The file to write; the document is appended if the file exists. Nil for a file of its own.
  package var file: String?

  /// Creates the properties with defaults.
  package init(_ material: KeyMaterial) { self.material = material }
}

/// Operations on keys.
extension RepositoryEdit {
  /// Adds a key.
  ///
  /// - Throws: `EditError` if the key exists already, or if its organization or a relay does not exist.
  package static func addKey(
    _ address: DocumentAddress, _ key: NewKey, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    let unit = try base.organization(address.organization())
    guard !unit.keys.contains(where: { $0.name == address.name }) else {
      throw EditError(
        .exists, "the key `\(address)` already exists: `wpex key rotate \(address)` replaces its public key")
    }
    var spec: JSON.Members = [key.material.field: .string(key.material.text)]
    if let alias = key.alias { spec["alias"] = .string(alias) }
    spec["status"] = .string(KeyStatus.active.rawValue)
    if let expires = key.expires { spec["expires"] = .string(expires.description) }
    var site: JSON.Members = [:]
    if let region = key.site.region { site["region"] = .string(region) }
    if let subnet = key.site.subnet { site["subnet"] = .string(subnet) }
    if let overlap = key.site.overlap { site["overlap"] = .string(overlap.rawValue) }
    if let address = key.site.publicIP { site["publicIP"] = .string(address) }
    if let location = key.site.location { site["location"] = .string(location) }
    if !site.isEmpty { spec["site"] = .object(site) }
    var edit = RepositoryEdit(base, summary: "Add key \(address)")
    try edit.add(
      DocumentFile.text(.key, name: address.name, labels: key.labels, spec: spec),
      in: "orgs/\(unit.name)/keys/", at: key.file ?? "orgs/\(unit.name)/keys/\(address.name).yaml",
      appends: key.file != nil)
    for name in key.relays {
      let relay = try base.relay(DocumentAddress(org: unit.name, name: name))
      try edit.change(relay.source, .relay, [.add([.string(address.name)], to: ["spec", "keys", "names"])])
    }
    let labels = Dictionary(key.labels.map { ($0.name, $0.value) }) { _, last in last }
    let matching = unit.relays.filter { $0.spec.keys.selector?.matches(labels) ?? false }.map(\.name)
    let relays = Set(matching + key.relays).sorted()
    edit.notes.append(
      relays.isEmpty
        ? "no relay accepts it yet: `wpex relay set \(unit.name)/RELAY keys.names+=\(address.name)`"
        : "accepted by \(relays.map { "`\($0)`" }.joined(separator: ", "))")
    return edit
  }

  /// Replaces a key's material, in the clear or sealed.
  ///
  /// - Parameter expires: the new expiry date; nil to keep the present one.
  /// - Throws: `EditError` if there is no such key, or if the file cannot be edited safely.
  package static func replaceKey(
    _ address: DocumentAddress, with material: KeyMaterial, expires: CivilDate? = nil, summary: String,
    in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    let key = try base.key(address)
    var edit = RepositoryEdit(base, summary: "\(summary) \(address)")
    let other = material.field == "publicKey" ? "sealedKey" : "publicKey"
    var changes: [DocumentChange] = [
      .set(["spec", material.field], .string(material.text)), .remove(["spec", other]),
    ]
    if let expires { changes.append(.set(["spec", "expires"], .string(expires.description))) }
    try edit.change(key.source, .key, changes)
    if key.spec.status == .revoked { edit.notes.append("it is revoked, and no relay accepts it") }
    return edit
  }

  /// Revokes a key and removes it from relays that still admit other keys.
  ///
  /// - Throws: `EditError` if there is no such key, or if a file cannot be edited safely.
  package static func revokeKey(
    _ address: DocumentAddress, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    let key = try base.key(address)
    let unit = try base.organization(address.organization())
    var edit = RepositoryEdit(base, summary: "Revoke key \(address)")
    if key.spec.status != .revoked {
      try edit.change(key.source, .key, [.set(["spec", "status"], .string(KeyStatus.revoked.rawValue))])
    }
    for relay in unit.relays where relay.spec.keys.names.contains(address.name) {
      guard relay.spec.keys.names.count > 1 || relay.spec.keys.selector != nil else { continue }
      try edit.change(relay.source, .relay, [.take([.string(address.name)], from: ["spec", "keys", "names"])])
    }
    return edit
  }
}
