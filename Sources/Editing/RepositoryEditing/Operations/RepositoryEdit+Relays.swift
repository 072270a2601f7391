package import ConfigCompiler
package import ConfigModel
import TextFormats

/// The properties of a relay to add.
package struct NewRelay: Sendable {
  /// The names of its regions.
  package var regions: [String]
  /// The UDP port; nil for the lowest free one.
  package var port: Int?
  /// The UDP port at which several regions reach each other; nil for the lowest free one.
  package var clusterPort: Int?
  /// Names of keys to admit.
  package var keys: [String] = []
  /// Labels of keys to admit.
  package var selector: [(name: String, value: String)] = []
  /// Labels of the document.
  package var labels: [(name: String, value: String)] = []
  /// Whether the relay runs.
  package var state = RelayState.running
  /// A bandwidth limit in Mbit/s.
  package var bandwidthMbps: Int?
  /// The number of pods; more than 1 is an error.
  package var replicas: Int?
  /// Whether deleting the relay requires an approval.
  package var isProtected = false
  /// The file to write; the document is appended if the file exists. Nil for a file of its own.
  package var file: String?

  /// Creates the properties with defaults.
  package init(regions: [String]) { self.regions = regions }
}

/// The parts of a relay image to change.
package struct NewImage: Sendable {
  /// The repository; nil to keep the present one.
  package var repository: String?
  /// The tag; nil for none.
  package var tag: String?
  /// The digest; nil for none.
  package var digest: String?

  package init(repository: String? = nil, tag: String? = nil, digest: String? = nil) {
    self.repository = repository
    self.tag = tag
    self.digest = digest
  }

  /// Returns the new image. Tag and digest are always replaced together: a tag alone unpins the image, and a digest
  /// alone leaves no tag that could contradict it.
  func value(over old: Image) -> JSON {
    var members: JSON.Members = ["repository": .string(repository ?? old.repository)]
    if let tag { members["tag"] = .string(tag) }
    if let digest { members["digest"] = .string(digest) }
    return .object(members)
  }
}

/// Operations on relays.
extension RepositoryEdit {
  /// Adds a relay.
  ///
  /// - Throws: `EditError` if the relay exists already, if it would admit no keys, or if no port is free.
  package static func createRelay(
    _ address: DocumentAddress, _ relay: NewRelay, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    let unit = try base.organization(address.organization())
    guard !unit.relays.contains(where: { $0.name == address.name }) else {
      throw EditError(.exists, "the relay `\(address)` already exists")
    }
    guard !relay.keys.isEmpty || !relay.selector.isEmpty else {
      throw EditError(.invalidValue, "name the keys that it accepts: --key NAME, or --selector LABEL=VALUE")
    }
    let port: Int
    if let wanted = relay.port {
      port = wanted
    } else {
      port = try FreePorts(base).lowest(in: relay.regions, for: unit, except: relay.clusterPort)
    }
    let isRegional = relay.regions.count > 1
    guard isRegional || relay.clusterPort == nil else {
      throw EditError(.invalidValue, "a cluster port is for relays of several regions: repeat --region")
    }
    var clusterPort = relay.clusterPort
    if isRegional, clusterPort == nil {
      clusterPort = try FreePorts(base).lowest(in: relay.regions, for: unit, except: port)
    }
    var keys: JSON.Members = [:]
    if !relay.keys.isEmpty { keys["names"] = .array(relay.keys.map { .string($0) }) }
    if !relay.selector.isEmpty { keys["selector"] = ["matchLabels": relay.selector.object] }
    var spec: JSON.Members =
      isRegional
      ? ["regions": .array(relay.regions.map { .string($0) })] : ["region": .string(relay.regions.first ?? "")]
    spec["port"] = .integer(port)
    if let clusterPort { spec["clusterPort"] = .integer(clusterPort) }
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
    let places = relay.regions.map { "`\($0)`" }.joined(separator: " and ")
    edit.notes.append("it listens on UDP port \(port) of region\(isRegional ? "s" : "") \(places)")
    if let clusterPort {
      edit.notes.append("its regions reach each other on UDP port \(clusterPort): open it beside the first one")
    }
    return edit
  }

  /// Starts or stops a relay.
  ///
  /// - Throws: `EditError` if there is no such relay, or if the file cannot be edited safely.
  package static func setState(
    _ state: RelayState, ofRelay address: DocumentAddress, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    let relay = try base.relay(address)
    var edit = RepositoryEdit(base, summary: "\(state == .running ? "Start" : "Stop") relay \(address)")
    guard relay.spec.state != state else { return edit }
    try edit.change(relay.source, .relay, [.set(["spec", "state"], .string(state.rawValue))])
    return edit
  }

  /// Restarts a relay's pods.
  ///
  /// - Parameter now: the current time, whose change in the declaration causes the restart.
  /// - Throws: `EditError` if there is no such relay, or if the file cannot be edited safely.
  package static func restartRelay(
    _ address: DocumentAddress, now: Timestamp, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    let relay = try base.relay(address)
    var edit = RepositoryEdit(base, summary: "Restart relay \(address)")
    try edit.change(relay.source, .relay, [.set(["spec", "restartedAt"], .string(now.description))])
    if relay.spec.state == .stopped { edit.notes.append("it is stopped: `wpex relay start \(address)` starts it") }
    return edit
  }

  /// Changes a relay's image.
  ///
  /// - Parameter image: nil to use the platform's image.
  /// - Throws: `EditError` if there is no such relay, or if the file cannot be edited safely.
  package static func upgradeRelay(
    _ address: DocumentAddress, to image: NewImage?, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
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

  /// Changes the platform's image, which all relays without an image of their own use.
  ///
  /// - Throws: `EditError` if `platform.yaml` is missing, has errors or cannot be edited safely.
  package static func upgradePlatform(
    to image: NewImage, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    guard let platform = base.platform.platform else {
      throw EditError(.notFound, "platform.yaml is missing or has errors: `wpex validate` shows them")
    }
    var edit = RepositoryEdit(base, summary: "Upgrade the relays")
    let path = ["spec", "relay", "image"]
    try edit.change(platform.source, .platform, [.set(path, image.value(over: platform.spec.relay.image))])
    let others = base.units.flatMap { unit in
      unit.relays.filter { $0.spec.image != nil }.map { "`\(unit.name)/\($0.name)`" }
    }
    if !others.isEmpty { edit.notes.append("these keep their own images: \(others.joined(separator: ", "))") }
    return edit
  }

  /// Deletes a relay.
  ///
  /// - Throws: `EditError` if there is no such relay, or if the file cannot be edited safely.
  package static func deleteRelay(
    _ address: DocumentAddress, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    let relay = try base.relay(address)
    var edit = RepositoryEdit(base, summary: "Delete relay \(address)")
    try edit.remove(relay.source)
    if relay.spec.deletionProtection {
      edit.notes.append("it is protected: the daemon keeps it until its removal is approved with `wpex sync approve`")
    }
    return edit
  }

  /// Applies command-line assignments to a document.
  ///
  /// - Throws: `EditError` if there is no such document, or if an assignment is invalid.
  package static func set(
    _ assignments: [String], _ kind: Kind, _ address: DocumentAddress, in base: Compilation
  ) throws(EditError) -> RepositoryEdit {
    let source: SourceDocument
    switch kind {
    case .organization: source = try base.declaration(ofOrganization: address.name).source
    case .user: source = try base.user(address).source
    case .key: source = try base.key(address).source
    case .relay: source = try base.relay(address).source
    case .platform, .role: throw EditError(.invalidValue, "edit a \(kind.rawValue) by hand")
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
