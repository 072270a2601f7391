import ConfigCompiler
import FoundationEssentials
package import KubernetesClient
import TextFormats
package import SyncEngine

/// Sync states in ConfigMaps of the daemon's namespace, so that a new leader continues where the last one stopped.
///
/// Every save names the version that was read. A daemon that has lost its lease without noticing is therefore refused
/// here, before it records an intent. A state that exceeds the size limit of objects is stored in parts, in further
/// ConfigMaps.
package actor ClusterStateStore: StateStore {
  private static let maxPartBytes = 700_000
  private static let approvals = "wpex-approvals"
  private let client: KubernetesClient
  private let namespace: String
  private var versions: [String: String] = [:]
  private var parts: [String: [String]] = [:]

  /// Creates a store in a namespace.
  package init(_ client: KubernetesClient, namespace: String) {
    self.client = client
    self.namespace = namespace
  }

  package func load(_ region: String) async throws -> SyncState? {
    let answer = try await client.ask(.get, path(name(region)))
    if answer.status == 404 {
      versions[region] = nil
      parts[region] = []
      return nil
    }
    guard answer.status == 200 else { throw answer.failure(name(region)) }
    versions[region] = answer.body["metadata"]?["resourceVersion"]?.text
    let data = answer.body["data"]
    parts[region] = data?["parts"]?.text?.split(separator: " ").map(String.init) ?? []
    var text = data?["state"]?.text ?? ""
    for part in parts[region] ?? [] {
      let answer = try await client.ask(.get, path(part))
      guard answer.status == 200, let more = answer.body["data"]?["state"]?.text else { throw answer.failure(part) }
      text += more
    }
    guard let state = (try? JSON(parsing: Array(text.utf8))).flatMap(SyncState.init) else {
      throw TargetError(
        .refused,
        "the ConfigMap `\(name(region))` in \(namespace) is damaged or of a newer wpex; without it, everything is compared "
          + "and applied again")
    }
    return state
  }

  package func save(_ state: SyncState, _ region: String) async throws {
    let text = state.json.text(.compact)
    var names: [String] = []
    var data: JSON.Members = ["state": .string(text)]
    if text.utf8.count > Self.maxPartBytes {
      let set = String(UInt32.random(in: 0...UInt32.max), radix: 16)
      for (index, part) in Self.split(text).enumerated() {
        let name = "\(name(region))-\(set)-\(index)"
        let answer = try await client.ask(
          .post, path(nil), body: configMap(name, ["state": .string(part)], version: nil), isRepeatable: false)
        guard answer.status == 201 else { throw answer.failure(name) }
        names.append(name)
      }
      data = ["state": "", "parts": .string(names.joined(separator: " "))]
    }
    if let held = state.held { data["held"] = .string(held.digest) }
    let version = versions[region]
    let body = configMap(name(region), data, version: version)
    let answer =
      version == nil
      ? try await client.ask(.post, path(nil), body: body, isRepeatable: false)
      : try await client.ask(.put, path(name(region)), body: body)
    switch answer.status {
    case 200, 201: break
    case 409:
      throw TargetError(
        .refused, "another daemon has updated region \(region) in the meantime; its results are read again")
    default: throw answer.failure(name(region))
    }
    versions[region] = answer.body["metadata"]?["resourceVersion"]?.text
    // Parts left over by a crash at this point are small and recognizable by name.
    for old in parts[region] ?? [] { _ = try? await client.ask(.delete, path(old)) }
    parts[region] = names
  }

  private static let accepted = "wpex-accepted"
  private var acceptedVersion: String?

  package func accepted() async throws -> AcceptedCommit? {
    let answer = try await client.ask(.get, path(Self.accepted))
    if answer.status == 404 {
      acceptedVersion = nil
      return nil
    }
    guard answer.status == 200 else { throw answer.failure(Self.accepted) }
    acceptedVersion = answer.body["metadata"]?["resourceVersion"]?.text
    let text = answer.body["data"]?["state"]?.text ?? ""
    guard let accepted = (try? JSON(parsing: Array(text.utf8))).flatMap(AcceptedCommit.init) else {
      throw TargetError(
        .refused,
        "the ConfigMap `\(Self.accepted)` in \(namespace) is damaged or of a newer wpex; without it, the audit log says "
          + "which commit was accepted last")
    }
    return accepted
  }

  package func accept(_ commit: AcceptedCommit) async throws {
    let body = configMap(Self.accepted, ["state": .string(commit.json.text(.compact))], version: acceptedVersion)
    let answer =
      acceptedVersion == nil
      ? try await client.ask(.post, path(nil), body: body, isRepeatable: false)
      : try await client.ask(.put, path(Self.accepted), body: body)
    guard answer.status != 409 else { throw AcceptedCommitConflict() }
    guard [200, 201].contains(answer.status) else { throw answer.failure(Self.accepted) }
    acceptedVersion = answer.body["metadata"]?["resourceVersion"]?.text
  }

  package func approvals(_ region: String) async throws -> [String: String] {
    let answer = try await client.ask(.get, path(Self.approvals))
    if answer.status == 404 { return [:] }
    guard answer.status == 200 else { throw answer.failure(Self.approvals) }
    guard case .object(let members)? = answer.body["data"] else { return [:] }
    return Dictionary(members.pairs.map { ($0.name, $0.value.text ?? "") }) { first, _ in first }
  }

  package func consume(approval digest: String, _ region: String) async throws {
    let data: JSON.Members = [digest: .null]
    let answer = try await client.ask(
      .patch, path(Self.approvals), body: ["data": .object(data)], contentType: "application/merge-patch+json")
    guard [200, 404].contains(answer.status) else { throw answer.failure(Self.approvals) }
  }

  /// Approves a held plan.
  ///
  /// - Parameters:
  ///   - digest: Digest of the plan.
  ///   - who: The approver, for the record.
  /// - Throws: `KubernetesClientError` if the approval cannot be written.
  package func approve(_ digest: String, by who: String) async throws(KubernetesClientError) {
    let data: JSON.Members = [digest: .string(who)]
    var answer = try await client.ask(
      .patch, path(Self.approvals), body: ["data": .object(data)], contentType: "application/merge-patch+json")
    if answer.status == 404 {
      answer = try await client.ask(
        .post, path(nil), body: configMap(Self.approvals, data, version: nil), isRepeatable: false)
    }
    guard [200, 201].contains(answer.status) else { throw answer.failure(Self.approvals) }
  }

  /// Withdraws an approval.
  ///
  /// - Returns: Whether there was one.
  /// - Throws: `KubernetesClientError` if it cannot be read or removed.
  package func withdraw(_ digest: String) async throws -> Bool {
    guard try await approvals("").keys.contains(digest) else { return false }
    try await consume(approval: digest, "")
    return true
  }

  /// Whether a daemon keeps a state in this namespace.
  ///
  /// - Throws: `KubernetesClientError` if the cluster cannot be asked, or this account may not list ConfigMaps.
  package var isUsed: Bool {
    get async throws(KubernetesClientError) {
      try await client.list(
        path(nil), labels: ObjectMetadataKeys.managedSelector, metadataOnly: true, { $0["metadata"]?["name"]?.text }
      ).items.contains { $0.hasPrefix(self.name("")) }
    }
  }

  /// Returns the digest of each region's held plan as the daemon last saved it; nil if this account may not list
  /// ConfigMaps.
  ///
  /// - Throws: `KubernetesClientError` if the ConfigMaps cannot be listed.
  package func heldPlans() async throws -> [String: String]? {
    var held: [String: String] = [:]
    do throws(KubernetesClientError) {
      for (name, digest) in try await client.list(
        path(nil), labels: ObjectMetadataKeys.managedSelector,
        { object -> (String, String)? in
          guard let name = object["metadata"]?["name"]?.text, let digest = object["data"]?["held"]?.text else {
            return nil
          }
          return (name, digest)
        }
      ).items where name.hasPrefix(self.name("")) {
        held[String(name.dropFirst(self.name("").count))] = digest
      }
    } catch {
      guard case .status(403) = error.kind else { throw error }
      return nil
    }
    return held
  }

  private func name(_ region: String) -> String { "wpex-state-\(region)" }

  private func path(_ name: String?) -> String {
    let collection = "/api/v1/namespaces/\(namespace)/configmaps"
    return name.map { "\(collection)/\($0)" } ?? collection
  }

  private func configMap(_ name: String, _ data: JSON.Members, version: String?) -> JSON {
    var metadata: JSON.Members = [
      "name": .string(name), "labels": [ObjectMetadataKeys.managedBy: .string(ObjectMetadataKeys.manager)],
    ]
    if let version { metadata["resourceVersion"] = .string(version) }
    return ["apiVersion": "v1", "kind": "ConfigMap", "metadata": .object(metadata), "data": .object(data)]
  }

  /// Returns pieces of at most `size` bytes, split between characters.
  static func split(_ text: String, at size: Int = maxPartBytes) -> [String] {
    var pieces: [String] = []
    var rest = text.utf8[...]
    while !rest.isEmpty {
      var end = rest.index(rest.startIndex, offsetBy: size, limitedBy: rest.endIndex) ?? rest.endIndex
      while end > rest.startIndex, end < rest.endIndex, rest[end] & 0xC0 == 0x80 { end = rest.index(before: end) }
      pieces.append(String(decoding: rest[..<end], as: UTF8.self))
      rest = rest[end...]
    }
    return pieces
  }
}
