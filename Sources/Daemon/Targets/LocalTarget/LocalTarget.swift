package import ConfigCompiler
import FoundationEssentials
import KeyBundles
import KubernetesModel
import PrivateFiles
import RelayWire
import TextFormats
package import SyncEngine
package import DeploymentPlanning

/// Runs relays as child processes, on loopback addresses or on those of this machine.
///
/// It accepts the same manifests as a cluster: a Deployment becomes its processes and a Secret their files; other objects
/// are only stored. The processes of a relay form a cluster, each at an address of its own.
///
/// ```
/// <folder>/objects/<region>/<kind>.<namespace>.<name>.json   what was applied
/// <folder>/relays/<region>/<namespace>/<relay>/              bundle, configuration, their declaration, token, states and logs of
///                                                            processes, which can write there and nowhere else
/// <folder>/processes/<region>.<namespace>.<relay>.<number>   what the next run has to know of a process
/// ```
package actor LocalTarget: Target {
  package nonisolated let kind = "local"
  let folder: String
  let program: String
  /// Where relays listen for peers.
  let bind: RelayBind
  /// Whether relays go on when this program ends, until the next run takes them back.
  package nonisolated let keepsRelays: Bool
  /// Regions in order of first use: the first one has the address 127.0.0.1, the next 127.0.0.2, and so on.
  private(set) var regions: [String]
  var objects: [String: [ObjectID: StoredObject]] = [:]
  /// Processes by region, namespace and relay, in the order of their numbers.
  var processes: [String: [RelayProcess]] = [:]
  var identities: [String: SecretBytes] = [:]
  /// The declarations that were written last, by the folder of their relay.
  var declarations: [String: RelayDeclaration] = [:]
  /// The keys that sign the declarations, by the folder of their relay.
  private var signers: [String: DeclarationSigner] = [:]
  private let now: @Sendable () -> Int64

  /// Opens a target and reads the applied objects.
  ///
  /// - Parameters:
  ///   - folder: Folder for objects and relays, kept between runs.
  ///   - program: Path of `wpex-relay`.
  ///   - bind: Where relays listen for peers. Unless that is loopback, a relay can have one process.
  ///   - keepsRelays: Whether relays go on when this program ends, until the next run takes them back.
  ///   - now: Returns milliseconds since 1970.
  /// - Throws: An error if the folder cannot be created or read.
  package init(
    folder: String, program: String, bind: RelayBind = .loopback, keepsRelays: Bool = false,
    now: @escaping @Sendable () -> Int64 = { Int64(Date.now.timeIntervalSince1970 * 1_000) }
  ) throws {
    self.folder = folder
    self.program = program
    self.bind = bind
    self.keepsRelays = keepsRelays
    self.now = now
    try PrivateFolder.make(folder)
    PrivateAccess.close(folder)
    try PrivateFolder.make("\(folder)/\(Self.records)")
    regions =
      (FileManager.default.contents(atPath: "\(folder)/regions")).map {
        String(decoding: $0, as: UTF8.self).split(separator: "\n").map(String.init)
      } ?? []
    for region in regions {
      let path = "\(folder)/objects/\(region)"
      try PrivateFolder.make(path)
      for name in try FileManager.default.contentsOfDirectory(atPath: path) where name.hasSuffix(".json") {
        guard let data = FileManager.default.contents(atPath: "\(path)/\(name)"),
          let object = (try? JSON(parsing: data)).flatMap(StoredObject.init)
        else { continue }
        objects[region, default: [:]][object.live.id] = object
      }
    }
  }

  /// Returns the loopback address of a region's relays: 127.0.0.1 for the first region, 127.0.0.2 for the next. Further
  /// processes of a relay have 127.0.1.1, 127.0.2.1 and so on, so that no region has another one's addresses.
  ///
  /// - Parameter number: Number of the process among those of its relay, from 0.
  package func address(of region: String, number: Int = 0) -> String {
    if !regions.contains(region) {
      regions.append(region)
      // If the file cannot be written, the next run may choose other addresses; nothing else depends on it.
      try? write(Array(regions.joined(separator: "\n").utf8), to: "\(folder)/regions")
    }
    return "127.0.\(number % 250).\((regions.firstIndex(of: region) ?? 0) % 250 + 1)"
  }

  package func inventory(of region: String) -> [LiveObject] {
    (objects[region] ?? [:]).values.map(\.live).sorted { $0.id < $1.id }
  }

  package func apply(_ object: RenderedObject) async throws(TargetError) -> ApplyOutcome {
    let region = object.origin.region
    let stored = StoredObject(object)
    let before = objects[region]?[stored.live.id]
    do {
      if let relay = DeployedRelay(keysIn: stored.live.id, org: object.origin.org, relay: object.origin.relay) {
        signers[relayFolder(region, relay)] = object.signer
        try writeFiles(of: object.manifest.body, to: relay, region)
        if let key = object.regionalKey { try ClusterFolder.share(key.text, in: relayFolder(region, relay)) }
      }
      _ = address(of: region)
      try PrivateFolder.make("\(folder)/objects/\(region)")
      try write(Array(stored.json.text(.compact).utf8), to: path(stored.live.id, region))
    } catch {
      throw TargetError(.refused, "\(stored.live.id) cannot be written below `\(folder)`: \(error)")
    }
    objects[region, default: [:]][stored.live.id] = stored
    if object.manifest.kind == "Deployment" { try await runProcesses(of: stored, region) }
    guard let before else { return .created }
    return before.live.digest == stored.live.digest ? .unchanged : .updated
  }

  package func delete(_ object: LiveObject, in region: String) async throws(TargetError) {
    if object.id.kind == "Deployment", let relay = object.relay, let namespace = object.id.namespace {
      await end(region, namespace, relay)
      try? FileManager.default.removeItem(atPath: relayFolder(region, namespace, relay))
      declarations[relayFolder(region, namespace, relay)] = nil
      signers[relayFolder(region, namespace, relay)] = nil
    }
    do {
      let file = path(object.id, region)
      if FileManager.default.fileExists(atPath: file) { try FileManager.default.removeItem(atPath: file) }
    } catch {
      throw TargetError(.refused, "\(object.id) cannot be removed below `\(folder)`: \(error)")
    }
    objects[region]?[object.id] = nil
  }

  package func installIdentity(_ identity: OrganizationSecret, in region: String) async throws(TargetError)
    -> ApplyOutcome
  {
    let key = "\(region)/\(identity.namespace)"
    let isNew = identities[key] == nil
    identities[key] = identity.identityFile
    for object in (objects[region] ?? [:]).values
    where object.live.id.kind == "Deployment" && object.live.id.namespace == identity.namespace {
      try await runProcesses(of: object, region)
    }
    return isNew ? .created : .updated
  }

  package func correctDrift(
    in region: String, declared: [RenderedObject]
  ) async throws(TargetError) -> DriftReport {
    var report = DriftReport()
    for object in declared where objects[region]?[ObjectID(object.manifest)]?.live.digest == object.digest {
      let id = ObjectID(object.manifest)
      guard let relay = DeployedRelay(keysIn: id, org: object.origin.org, relay: object.origin.relay),
        let kept = objects[region]?[id]
      else { continue }
      let folder = relayFolder(region, relay)
      signers[folder] = object.signer
      // Compares with what was applied rather than rendering again: encryption differs from run to run.
      let changed: [String]
      do {
        let files = try Self.files(of: kept.body, for: folder)
        let declaration = try declaration(of: files, relay, folder)
        changed = (files + [(RelayDeclaration.file, declaration.bytes)]).filter { name, bytes in
          FileManager.default.contents(atPath: "\(folder)/\(name)").map(Array.init) != bytes
        }.map(\.0)
        guard !changed.isEmpty else { continue }
        try writeFiles(of: kept.body, to: relay, region)
      } catch {
        report.failures.append(
          DriftFailure(
            id: id, org: object.origin.org,
            reason: TargetError(.refused, "the files of relay `\(relay.name)` cannot be written: \(error)")))
        continue
      }
      report.corrections.append(
        DriftCorrection(
          id: id, org: object.origin.org,
          detail: "\(changed.sorted().joined(separator: " and ")) modified outside wpex", relay: relay))
    }
    return report
  }

  package func shutDown() async {
    await withTaskGroup(of: Void.self) { group in
      for process in processes.values.joined() { group.addTask { await process.leave() } }
    }
    processes = [:]
  }

  // MARK: - Files

  /// Returns the folder of a relay.
  func relayFolder(_ region: String, _ namespace: String, _ relay: String) -> String {
    "\(folder)/relays/\(region)/\(namespace)/\(relay)"
  }

  func relayFolder(_ region: String, _ relay: DeployedRelay) -> String {
    relayFolder(region, relay.namespace, relay.name)
  }

  private func path(_ id: ObjectID, _ region: String) -> String {
    "\(folder)/objects/\(region)/\(id.kind).\(id.namespace ?? "").\(id.name).json"
  }

  /// Returns a Secret's files as they appear in a relay's folder; the token is added to the configuration.
  private static func files(of secret: JSON, for folder: String) throws -> [(String, [UInt8])] {
    guard case .object(let data)? = secret["data"] else { return [] }
    try PrivateFolder.make(folder)
    let token = try RelayToken.token(in: folder)
    return data.pairs.compactMap { name, value in
      // File names must not lead outside the folder.
      guard !name.utf8.contains(UInt8(ascii: "/")), name != "..", name != "." else { return nil }
      return value.text.flatMap { Data(base64Encoded: $0) }.map { bytes in
        (name, name == RelayToken.file ? RelayToken.add(token, to: Array(bytes)) : Array(bytes))
      }
    }
  }

  /// Adds the token and the declaration to a relay that an earlier wpex started without one, before it starts again.
  func completeFiles(of relay: DeployedRelay, _ region: String) {
    let folder = relayFolder(region, relay)
    guard
      RelayToken.known(in: folder) == nil
        || !FileManager.default.fileExists(atPath: "\(folder)/\(RelayDeclaration.file)")
    else { return }
    // If they cannot be written, that shows up as drift.
    if let secret = secret(of: relay, region) { try? writeFiles(of: secret, to: relay, region) }
  }

  /// Returns the manifest of the Secret with a relay's keys; nil if none was applied.
  func secret(of relay: DeployedRelay, _ region: String) -> JSON? {
    (objects[region] ?? [:]).values.first {
      DeployedRelay(keysIn: $0.live.id, org: $0.live.org, relay: $0.live.relay) == relay
    }?.body
  }

  /// Returns a relay's files with their declaration, and its token.
  func appliedFiles(_ secret: JSON, of relay: DeployedRelay, _ region: String) throws -> AppliedFiles {
    let folder = relayFolder(region, relay)
    let files = try Self.files(of: secret, for: folder)
    return AppliedFiles(
      try DeclaredFiles(
        declaration(of: files, relay, folder), Dictionary(files) { first, _ in first }),
      token: try RelayToken.token(in: folder))
  }

  /// Returns the declaration of a relay's files, which is the one in its folder unless the files or that one changed.
  private func declaration(
    of files: [(String, [UInt8])], _ relay: DeployedRelay, _ folder: String
  ) throws -> RelayDeclaration {
    let there = FileManager.default.contents(atPath: "\(folder)/\(RelayDeclaration.file)")
      .flatMap { try? RelayDeclaration(parsing: Array($0)) }
      .flatMap { $0.isAccepted(by: signers[folder]) ? $0 : nil }
    let last = declarations[folder]
    // Relays may have used a declaration that was written outside wpex, and refuse what is older.
    let foreign = last != nil && there != last ? there?.serial ?? 0 : 0
    let declaration = try RelayDeclaration(
      of: Dictionary(files) { first, _ in first }, org: relay.org, relay: relay.name, after: last ?? there,
      above: foreign, signer: signers[folder], now: now())
    declarations[folder] = declaration
    return declaration
  }

  /// Writes a relay's files. Their declaration is the last one, so that it never declares what is not there yet.
  private func writeFiles(of secret: JSON, to relay: DeployedRelay, _ region: String) throws {
    let folder = relayFolder(region, relay)
    let files = try Self.files(of: secret, for: folder)
    let declaration = try declaration(of: files, relay, folder)
    for (name, bytes) in files { try write(bytes, to: "\(folder)/\(name)") }
    try write(declaration.bytes, to: "\(folder)/\(RelayDeclaration.file)")
  }

  private func write(_ bytes: [UInt8], to path: String) throws { try PrivateFile.write(bytes, to: path) }
}
