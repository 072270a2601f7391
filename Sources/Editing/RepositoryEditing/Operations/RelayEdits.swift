package import ConfigCompiler
package import ConfigModel
import TextFormats

/// What a relay that is to be declared shall be.
package struct NewRelay: Sendable {
  package var region: String
  /// nil takes the lowest port that is free.
  package var port: Int?
  package var keys: [String] = []
  package var selector: [(name: String, value: String)] = []
  package var labels: [(name: String, value: String)] = []
  package var state = RelayState.running
  package var bandwidthMbps: Int?
  package var replicas: Int?
  package var isProtected = false
  /// The file to write; the document is added to it where it is there.
  package var file: String?

  package init(region: String) { self.region = region }
}

/// Which image relays shall run.
package struct NewImage: Sendable {
  package var repository: String?
  package var tag: String?
  package var digest: String?

  package init(repository: String? = nil, tag: String? = nil, digest: String? = nil) {
    self.repository = repository
    self.tag = tag
    self.digest = digest
  }

  /// A tag without a digest unpins the image, and a digest without a tag leaves none that says something else.
  func value(over old: Image) -> JSON {
    var members: JSON.Members = ["repository": .string(repository ?? old.repository)]
    if let tag { members["tag"] = .string(tag) }
    if let digest { members["digest"] = .string(digest) }
    return .object(members)
  }
}

/// The buttons of a relay.
extension RepositoryEdit {
  package static func createRelay(
    _ address: DocumentAddress, _ relay: NewRelay, in base: Compilation
  ) throws(EditRefusal) -> RepositoryEdit {
    let unit = try base.organization(address.organization())
    guard !unit.relays.contains(where: { $0.name == address.name }) else {
      throw EditRefusal(.exists, "there is a relay `\(address)` already")
    }
    guard !relay.keys.isEmpty || !relay.selector.isEmpty else {
      throw EditRefusal(.invalidValue, "say which keys it lets in: --key NAME, or --selector LABEL=VALUE")
    }
    let port: Int
    if let wanted = relay.port {
      port = wanted
    } else {
      port = try FreePorts(base).lowest(in: relay.region, for: unit)
    }
    var keys: JSON.Members = [:]
    if !relay.keys.isEmpty { keys["names"] = .array(relay.keys.map { .string($0) }) }
    if !relay.selector.isEmpty { keys["selector"] = ["matchLabels": relay.selector.object] }
    var spec: JSON.Members = ["region": .string(relay.region), "port": .integer(port)]
    if relay.state != .running { spec["state"] = .string(relay.state.rawValue) }
    spec["keys"] = .object(keys)
    if let bandwidth = relay.bandwidthMbps { spec["bandwidthMbps"] = .integer(bandwidth) }
    if let replicas = relay.replicas { spec["replicas"] = .integer(replicas) }
    if relay.isProtected { spec["deletionProtection"] = true }
    var edit = RepositoryEdit(base, summary: "Create relay \(address)")
    try edit.add(
      DocumentFile.text(.relay, name: address.name, labels: relay.labels, spec: spec),
      in: "orgs/\(unit.name)/relays/", at: relay.file ?? "orgs/\(unit.name)/relays/\(address.name).yaml",
      appends: relay.file != nil)
    edit.notes.append("it listens on UDP port \(port) of region `\(relay.region)`")
    return edit
  }

  package static func setState(
    _ state: RelayState, ofRelay address: DocumentAddress, in base: Compilation
  ) throws(EditRefusal) -> RepositoryEdit {
    let relay = try base.relay(address)
    var edit = RepositoryEdit(base, summary: "\(state == .running ? "Start" : "Stop") relay \(address)")
    guard relay.spec.state != state else { return edit }
    try edit.change(relay.source, .relay, [.set(["spec", "state"], .string(state.rawValue))])
    return edit
  }

  /// - Parameter now: the moment that restarts its pods when it changes.
  package static func restartRelay(
    _ address: DocumentAddress, now: Timestamp, in base: Compilation
  ) throws(EditRefusal) -> RepositoryEdit {
    let relay = try base.relay(address)
    var edit = RepositoryEdit(base, summary: "Restart relay \(address)")
    try edit.change(relay.source, .relay, [.set(["spec", "restartedAt"], .string(now.description))])
    if relay.spec.state == .stopped { edit.notes.append("it is stopped: `wpex relay start \(address)` starts it") }
    return edit
  }

  /// - Parameter image: nil makes the relay follow the platform's image.
  package static func upgradeRelay(
    _ address: DocumentAddress, to image: NewImage?, in base: Compilation
  ) throws(EditRefusal) -> RepositoryEdit {
    let relay = try base.relay(address)
    var edit = RepositoryEdit(base, summary: "Upgrade relay \(address)")
    guard let image else {
      try edit.change(relay.source, .relay, [.remove(["spec", "image"])])
      return edit
    }
    let old = relay.spec.image ?? base.platform.platform?.spec.relay.image ?? Image()
    try edit.change(relay.source, .relay, [.set(["spec", "image"], image.value(over: old))])
    return edit
  }

  /// Gives every relay without an image of its own another one.
  package static func upgradePlatform(
    to image: NewImage, in base: Compilation
  ) throws(EditRefusal) -> RepositoryEdit {
    guard let platform = base.platform.platform else {
      throw EditRefusal(.notFound, "platform.yaml is missing or has errors: `wpex validate` shows them")
    }
    var edit = RepositoryEdit(base, summary: "Upgrade the relays")
    let path = ["spec", "relay", "image"]
    try edit.change(platform.source, .platform, [.set(path, image.value(over: platform.spec.relay.image))])
    let others = base.units.flatMap { unit in
      unit.relays.filter { $0.spec.image != nil }.map { "`\(unit.name)/\($0.name)`" }
    }
    if !others.isEmpty { edit.notes.append("these keep images of their own: \(others.joined(separator: ", "))") }
    return edit
  }

  package static func deleteRelay(
    _ address: DocumentAddress, in base: Compilation
  ) throws(EditRefusal) -> RepositoryEdit {
    let relay = try base.relay(address)
    var edit = RepositoryEdit(base, summary: "Delete relay \(address)")
    try edit.remove(relay.source)
    if relay.spec.deletionProtection {
      edit.notes.append("it is protected: the daemon keeps it until somebody approves with `wpex sync approve`")
    }
    return edit
  }

  /// Assigns fields of a document.
  package static func set(
    _ assignments: [String], _ kind: Kind, _ address: DocumentAddress, in base: Compilation
  ) throws(EditRefusal) -> RepositoryEdit {
    let source: SourceDocument
    switch kind {
    case .organization: source = try base.declaration(ofOrganization: address.name).source
    case .user: source = try base.user(address).source
    case .key: source = try base.key(address).source
    case .relay: source = try base.relay(address).source
    case .platform, .role: throw EditRefusal(.invalidValue, "a \(kind.rawValue) is edited by hand")
    }
    var changes: [DocumentChange] = []
    for text in assignments { changes.append(try FieldAssignment(text, for: kind).change) }
    let fields = assignments.map { String($0.prefix { $0 != "=" && $0 != "+" && $0 != "-" }) }
    var edit = RepositoryEdit(
      base, summary: "Set \(fields.joined(separator: ", ")) of \(kind.rawValue.lowercased()) \(address)")
    try edit.change(source, kind, changes)
    return edit
  }
}

extension [(name: String, value: String)] {
  var object: JSON { .object(JSON.Members(map { (name: $0.name, value: .string($0.value)) })) }
}
