package import ConfigCompiler
import FoundationEssentials
import Glibc
import KeyBundles
import KubernetesModel
import PrivateFiles
import TextFormats
package import SyncEngine
package import DeploymentPlanning

/// Writes manifests to a folder, to be applied by other means: `<folder>/<region>/<namespace>/<kind>-<name>.yaml`.
package actor DirectoryTarget: Target {
  package nonisolated let kind = "directory"
  private let folder: String
  private let lock: FolderLock
  private let now: @Sendable () -> Int64

  /// Opens and locks a folder.
  ///
  /// - Parameter now: returns milliseconds since 1970.
  /// - Throws: `TargetError` if another process writes to the folder, or it is not writable.
  package init(folder: String, now: @escaping @Sendable () -> Int64) throws(TargetError) {
    self.folder = folder
    self.now = now
    lock = try FolderLock(folder)
  }

  /// Written objects by region, once read from the journal.
  private var written: [String: [ObjectID: LiveObject]] = [:]
  /// SHA-256 of each file as written, by region and object.
  private var contents: [String: [ObjectID: String]] = [:]
  /// Serial of the declaration in each relay's Secret, by region and object.
  private var serials: [String: [ObjectID: Int]] = [:]

  /// Returns the path of the journal, with a line for each write and removal; the last line of an object counts.
  private func journal(_ region: String) -> String { "\(folder)/\(region)/.wpex-inventory.jsonl" }

  package func inventory(of region: String) throws(TargetError) -> [LiveObject] {
    // A file that was removed outside wpex is written again.
    try known(region).values.filter { FileManager.default.fileExists(atPath: path($0.id, region)) }
      .sorted { $0.id < $1.id }
  }

  private func known(_ region: String) throws(TargetError) -> [ObjectID: LiveObject] {
    if let known = written[region] { return known }
    guard let content = FileManager.default.contents(atPath: journal(region)) else {
      // If the journal is lost, the files themselves identify their objects, so that those no longer declared are found
      // and removed.
      let found = ManifestFolder("\(folder)/\(region)").objects().filter { path($0.object.id, region) == $0.path }
      let known = Dictionary(found.map { ($0.object.id, $0.object) }) { first, _ in first }
      if !known.isEmpty { try write(known.values.map { Self.line($0) }.joined(), to: journal(region)) }
      written[region] = known
      return known
    }
    var known: [ObjectID: LiveObject] = [:]
    var lines = 0
    for line in content.split(separator: UInt8(ascii: "\n")) {
      lines += 1
      // Skip a line that a crash cut short: its object is written again.
      guard let entry = try? JSON(parsing: Array(line)), let (object, isRemoved) = Self.object(entry) else { continue }
      known[object.id] = isRemoved ? nil : object
      contents[region, default: [:]][object.id] = isRemoved ? nil : entry["content"]?.text
      // A relay of the same name may come back, and processes of the old one may still run.
      serials[region, default: [:]][object.id] = entry["serial"]?.int ?? serials[region]?[object.id]
    }
    if lines > 2 * known.count + 100 {
      let text = known.values.sorted { $0.id < $1.id }
        .map { Self.line($0, content: contents[region]?[$0.id], serial: serials[region]?[$0.id]) }.joined()
      try write(text, to: journal(region))
    }
    written[region] = known
    return known
  }

  package func apply(_ object: RenderedObject) throws(TargetError) -> ApplyOutcome {
    let region = object.origin.region
    let id = ObjectID(object.manifest)
    let before = try known(region)[id]
    let live = LiveObject(object)
    try put(object, live)
    return before == nil ? .created : before == live ? .unchanged : .updated
  }

  private func put(_ object: RenderedObject, _ live: LiveObject) throws(TargetError) {
    let region = object.origin.region
    let serial = object.signer.map { _ in max(Int(now()), (serials[region]?[live.id] ?? 0) + 1) }
    let text: String
    do {
      text = try object.declared(serial: serial ?? 1).yaml()
    } catch {
      throw TargetError(.refused, "\(live.id) cannot be signed: \(error.reason)")
    }
    let content = try? SHA256Digest.hex(of: Array(text.utf8))
    try write(text, to: path(live.id, region))
    try append(Self.line(live, content: content, serial: serial), region)
    written[region]?[live.id] = live
    contents[region, default: [:]][live.id] = content
    if let serial { serials[region, default: [:]][live.id] = serial }
  }

  package func delete(_ object: LiveObject, in region: String) throws(TargetError) {
    _ = try known(region)
    let file = path(object.id, region)
    do {
      if FileManager.default.fileExists(atPath: file) { try FileManager.default.removeItem(atPath: file) }
    } catch {
      throw TargetError(.refused, "`\(file)` cannot be removed")
    }
    try append(Self.line(object, isRemoved: true), region)
    written[region]?[object.id] = nil
    contents[region]?[object.id] = nil
  }

  /// Does nothing: secrets are never written to the folder. Whoever applies the manifests supplies the identities.
  package func installIdentity(_ identity: OrganizationSecret, in region: String) -> ApplyOutcome { .unchanged }

  package func correctDrift(
    in region: String, declared: [RenderedObject]
  ) throws(TargetError) -> DriftReport {
    let known = Dictionary(try inventory(of: region).map { ($0.id, $0) }) { first, _ in first }
    var report = DriftReport()
    for object in declared {
      let id = ObjectID(object.manifest)
      guard let live = known[id], live.digest == object.digest else { continue }
      let there = FileManager.default.contents(atPath: path(id, region)).map(Array.init)
      let isSecret = object.manifest.kind == "Secret"
      if isSecret {
        // Without a render secret, encrypted bundles differ from run to run: compare the file with what was written.
        let content = contents[region]?[id]
        if content != nil, content == there.flatMap({ try? SHA256Digest.hex(of: $0) }) { continue }
      } else if there == Array(object.manifest.yaml().utf8) {
        continue
      }
      let isKnown = !isSecret || contents[region]?[id] != nil
      do throws(TargetError) {
        try put(object, live)
      } catch {
        report.failures.append(DriftFailure(id: id, org: object.origin.org, reason: error))
        continue
      }
      // For a file that an earlier version wrote, it is unknown whether it had been changed.
      guard isKnown else { continue }
      report.corrections.append(
        DriftCorrection(id: id, org: object.origin.org, detail: "its file had been changed outside wpex"))
    }
    return report
  }

  /// Returns nothing, because a folder runs no relays.
  package func health(of region: String) -> [RelayCondition] { [] }

  package func shutDown() {}

  private func path(_ id: ObjectID, _ region: String) -> String {
    "\(folder)/\(region)/\(id.namespace ?? id.name)/\(id.kind.lowercased())-\(id.name).yaml"
  }

  private static func line(
    _ object: LiveObject, content: String? = nil, serial: Int? = nil, isRemoved: Bool = false
  ) -> String {
    var members: JSON.Members = [
      "apiVersion": .string(object.id.apiVersion), "kind": .string(object.id.kind), "name": .string(object.id.name),
      "org": .string(object.org), "protected": .bool(object.isProtected),
    ]
    if let namespace = object.id.namespace { members["namespace"] = .string(namespace) }
    if let relay = object.relay { members["relay"] = .string(relay) }
    if let digest = object.digest { members["digest"] = .string(digest) }
    if let content { members["content"] = .string(content) }
    if let serial { members["serial"] = .integer(serial) }
    if isRemoved { members["removed"] = true }
    return JSON.object(members).text(.compact) + "\n"
  }

  private static func object(_ entry: JSON) -> (object: LiveObject, isRemoved: Bool)? {
    guard let apiVersion = entry["apiVersion"]?.text, let kind = entry["kind"]?.text, let name = entry["name"]?.text,
      let org = entry["org"]?.text
    else { return nil }
    let id = ObjectID(apiVersion: apiVersion, kind: kind, namespace: entry["namespace"]?.text, name: name)
    let object = LiveObject(
      id: id, org: org, relay: entry["relay"]?.text, digest: entry["digest"]?.text,
      isProtected: entry["protected"] == .bool(true))
    return (object, entry["removed"] == .bool(true))
  }

  private func append(_ line: String, _ region: String) throws(TargetError) {
    let file = journal(region)
    let descriptor = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw TargetError(.unavailable, "`\(file)` cannot be written") }
    defer { close(descriptor) }
    // The line break comes first, so that a line cut short by a crash does not spoil the next one.
    let bytes = Array(("\n" + line).utf8)
    let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    guard count == bytes.count else { throw TargetError(.unavailable, "`\(file)` cannot be written") }
  }

  private func write(_ text: String, to file: String) throws(TargetError) {
    do {
      let parent = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
      try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
      try AtomicFile.write(Array(text.utf8), to: file)
    } catch {
      throw TargetError(.unavailable, "`\(file)` cannot be written")
    }
  }
}
