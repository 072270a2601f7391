package import ConfigCompiler
import FoundationEssentials
import KeyBundles
import ProcessSupport
package import KubernetesClient
package import KubernetesModel
import TextFormats
package import SyncEngine
package import DeploymentPlanning

/// A Kubernetes cluster as deployment target, through server-side apply with the field manager `wpex-sync`.
///
/// Applied objects carry the label of an apply set (KEP-3659), which serves as inventory. Its parent is a ConfigMap in
/// the daemon's namespace.
package struct KubernetesTarget: Target {
  /// Field manager of everything that wpex applies.
  package static let fieldManager = "wpex-sync"
  package let kind = "kubernetes"
  private let client: KubernetesClient
  private let version: KubernetesVersion
  private let namespace: String
  private let watched = WatchedObjects()

  /// Creates a target.
  ///
  /// - Parameters:
  ///   - client: Client of the API server.
  ///   - version: Version of the server.
  ///   - namespace: The daemon's own namespace, for the parents of its apply sets.
  package init(_ client: KubernetesClient, version: KubernetesVersion, namespace: String) {
    self.client = client
    self.version = version
    self.namespace = namespace
  }

  // MARK: - Inventory

  /// The kinds that wpex writes, with the API version for this server.
  private var kinds: [(kind: String, apiVersion: String)] {
    ManagedKinds.inOrder.map { ($0.kind, $0.apiVersion(for: version)) }
  }

  package func inventory(of region: String) async throws(TargetError) -> [LiveObject] {
    if let members = watched.members(of: kinds.map(\.kind), in: region) {
      return members.compactMap(\.live).inOwnNamespaces.sorted { $0.id < $1.id }
    }
    let label = try ApplySet(region: region, namespace: namespace).selector
    let kinds = kinds
    let lists: [[LiveObject]]
    do {
      lists = try await withThrowingTaskGroup(of: [LiveObject].self) { group in
        for (kind, apiVersion) in kinds {
          group.addTask {
            guard let path = ResourcePath.all(kind, apiVersion) else { return [] }
            return try await client.list(path, labels: label, metadataOnly: true) {
              Self.liveObject($0, kind, apiVersion)
            }.items
          }
        }
        var lists: [[LiveObject]] = []
        for try await list in group { lists.append(list) }
        return lists
      }
    } catch {
      throw Self.failure(error)
    }
    return lists.flatMap { $0 }.inOwnNamespaces.sorted { $0.id < $1.id }
  }

  /// Returns an object with its wpex labels and annotations; nil without an organization's label, or if the object is
  /// an organization's identity Secret.
  static func liveObject(_ object: JSON, _ kind: String, _ apiVersion: String) -> LiveObject? {
    let metadata = object["metadata"]
    guard let name = metadata?["name"]?.text, let org = metadata?["labels"]?[ObjectMetadataKeys.org]?.text,
      // Identities are not part of the declaration; they are deleted along with their namespace.
      !(kind == Secret.kind && name == ObjectNames.identity)
    else { return nil }
    return LiveObject(
      id: ObjectID(apiVersion: apiVersion, kind: kind, namespace: metadata?["namespace"]?.text, name: name), org: org,
      relay: metadata?["labels"]?[ObjectMetadataKeys.relay]?.text,
      digest: metadata?["annotations"]?[ObjectMetadataKeys.digest]?.text,
      isProtected: metadata?["annotations"]?[ObjectMetadataKeys.deletionProtection]?.text == "true",
      uid: metadata?["uid"]?.text)
  }

  // MARK: - Apply and delete

  package func apply(_ object: RenderedObject) async throws(TargetError) -> ApplyOutcome {
    let set = try ApplySet(region: object.origin.region, namespace: namespace)
    let id = ObjectID(object.manifest)
    if id.kind == Namespace.kind { try await requireOwnership(of: id, object.origin.org) }
    let body = try await completed(object.manifest.body, id, of: object.origin.relay)
    let answer = try await apply(set.member(body), id, force: false)
    if let member = Member(answer.object, id.kind, id.apiVersion) {
      watched.recordWrite(member, at: .init(region: object.origin.region, kind: id.kind))
    }
    return answer.outcome
  }

  /// Adds the relay's token and its cluster's key to its Secret. Other objects are returned unchanged.
  private func completed(_ body: JSON, _ id: ObjectID, of relay: String?) async throws(TargetError) -> JSON {
    guard relay != nil, id.kind == Secret.kind,
      let path = ResourcePath.one(id.kind, id.apiVersion, id.namespace, id.name)
    else { return body }
    do {
      let live = try await client.ask(.get, path)
      // Without reading the current ones, applying would replace them.
      guard [200, 404].contains(live.status) else { throw live.failure("\(id)") }
      return Self.completed(body, from: live.body)
    } catch {
      throw Self.failure(error)
    }
  }

  /// Adds the token and the cluster's key to a relay's Secret: those of the live one, and new ones for what it lacks.
  static func completed(_ secret: JSON, from live: JSON) -> JSON {
    let secret = RelayToken.add(RelayToken.token(inSecret: live) ?? RelayToken.make(), toSecret: secret)
    return ClusterKey.add(ClusterKey.key(inSecret: live) ?? ClusterKey.make(), toSecret: secret)
  }

  private func apply(
    _ body: JSON, _ id: ObjectID, force: Bool, isDryRun: Bool = false
  ) async throws(TargetError) -> (outcome: ApplyOutcome, object: JSON) {
    guard let path = ResourcePath.one(id.kind, id.apiVersion, id.namespace, id.name) else {
      throw TargetError(.refused, "\(id) is of a kind that wpex does not write")
    }
    let query = "?fieldManager=\(Self.fieldManager)&force=\(force)" + (isDryRun ? "&dryRun=All" : "")
    let answer: KubernetesClient.Answer
    do {
      // Metadata is enough, unless values are compared.
      answer = try await client.ask(
        .patch, path + query, body: body, contentType: "application/apply-patch+yaml",
        accept: isDryRun ? "application/json" : KubernetesClient.marksOnly)
    } catch {
      throw Self.failure(error)
    }
    switch answer.status {
    case 200: return (.updated, answer.body)
    case 201: return (.created, answer.body)
    case 409:
      let conflict = FieldConflict(answer.body)
      // Manual edits are drift and are reverted; fields that another manager declares stay as they are until an
      // operator decides.
      if !force, conflict.isByHand {
        try await requireOwnership(of: id, nil)
        return try await apply(body, id, force: true, isDryRun: isDryRun)
      }
      guard let manager = conflict.manager else { throw TargetError(.refused, answer.failure("\(id)").description) }
      throw TargetError(
        .conflict(manager: manager),
        "\(id): the field manager `\(manager)` declares other values for \(conflict.fields.joined(separator: ", "))")
    default: throw TargetError(.refused, answer.failure("\(id)").description)
    }
  }

  /// Refuses an existing object of the same name that wpex did not create: it has another owner, and its fields are not
  /// drift.
  ///
  /// - Parameter org: Organization that the namespace must belong to; nil for an object inside one of our namespaces.
  private func requireOwnership(of id: ObjectID, _ org: String?) async throws(TargetError) {
    guard let path = ResourcePath.one(id.kind, id.apiVersion, id.namespace, id.name) else { return }
    let live: KubernetesClient.Answer
    do {
      live = try await client.ask(.get, path, accept: KubernetesClient.marksOnly)
    } catch {
      throw Self.failure(error)
    }
    guard live.status == 200 else { return }
    guard ObjectOwnership(live.body).isOurs(of: org, manager: Self.fieldManager) else {
      let handOver = org.map {
        "; to hand it over, label it \(ObjectMetadataKeys.managedSelector),\(ObjectMetadataKeys.org)=\($0)"
      }
      throw TargetError(
        .refused, "\(id) exists already and is not managed by wpex for this organization\(handOver ?? "")")
    }
  }

  package func delete(_ object: LiveObject, in region: String) async throws(TargetError) {
    guard let path = ResourcePath.one(object.id.kind, object.id.apiVersion, object.id.namespace, object.id.name) else {
      return
    }
    var options: JSON.Members = [
      "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
    ]
    if let uid = object.uid { options["preconditions"] = ["uid": .string(uid)] }
    let answer: KubernetesClient.Answer
    do {
      answer = try await client.ask(.delete, path, body: .object(options))
    } catch {
      throw Self.failure(error)
    }
    // It is already gone (404), or has been replaced by another object (409).
    guard [200, 202, 404, 409].contains(answer.status) else {
      throw TargetError(.refused, answer.failure("\(object.id)").description)
    }
    watched.removed(object.id, at: .init(region: region, kind: object.id.kind))
  }

  package func installIdentity(
    _ identity: OrganizationSecret, in region: String
  ) async throws(TargetError) -> ApplyOutcome {
    let id = ObjectID(apiVersion: "v1", kind: Secret.kind, namespace: identity.namespace, name: ObjectNames.identity)
    guard let path = ResourcePath.one(id.kind, id.apiVersion, id.namespace, id.name) else { return .unchanged }
    do {
      let there = try await client.ask(
        .get, path, accept: KubernetesClient.marksOnly)
      if there.status == 200,
        there.body["metadata"]?["annotations"]?[ObjectMetadataKeys.digest]?.text == identity.digest
      {
        return .unchanged
      }
    } catch {
      throw Self.failure(error)
    }
    let encoded = identity.identityFile.withBytes { Data($0).base64EncodedString() }
    let body: JSON = [
      "apiVersion": "v1", "kind": "Secret",
      "metadata": [
        "name": .string(id.name), "namespace": .string(identity.namespace),
        "labels": [
          ObjectMetadataKeys.managedBy: .string(ObjectMetadataKeys.manager),
          ObjectMetadataKeys.org: .string(identity.org),
        ],
        "annotations": [ObjectMetadataKeys.digest: .string(identity.digest)],
      ],
      "type": "Opaque", "data": ["identity.txt": .string(encoded)],
    ]
    return try await apply(body, id, force: true).outcome
  }

  // MARK: - Drift

  package func correctDrift(
    in region: String, declared: [RenderedObject]
  ) async throws(TargetError) -> DriftReport {
    let set = try ApplySet(region: region, namespace: namespace)
    let parts = await declared.concurrentResults(atMost: Self.driftParallelism) { object in
      do {
        return DriftReport(try await correctDrift(of: object, in: set).map { [$0] } ?? [])
      } catch {
        return DriftReport(
          failures: [
            DriftFailure(id: ObjectID(object.manifest), org: object.origin.org, reason: Self.failure(error))
          ])
      }
    }
    var report = DriftReport()
    for part in parts {
      report.corrections += part.corrections
      report.failures += part.failures
    }
    report.corrections.sort { $0.id < $1.id }
    return report
  }

  private static let driftParallelism = 8

  private func correctDrift(of object: RenderedObject, in set: ApplySet) async throws -> DriftCorrection? {
    let id = ObjectID(object.manifest)
    guard let path = ResourcePath.one(id.kind, id.apiVersion, id.namespace, id.name) else { return nil }
    let live = try await client.ask(.get, path)
    // A digest of another commit, or a missing object, is left to the next pass.
    guard live.status == 200, live.body["metadata"]?["annotations"]?[ObjectMetadataKeys.digest]?.text == object.digest
    else {
      return nil
    }
    // Encrypting a bundle again gives a different result every time, so data with a matching digest is left as it is.
    var body = object.manifest.body
    if object.manifest.kind == Secret.kind, let data = live.body["data"] {
      body = Self.completed(body, from: live.body)
      guard
        Self.names(of: data) != Self.names(of: body["data"] ?? .null) || ClusterKey.key(inSecret: live.body) == nil
      else { return nil }
    }
    body = set.member(body)
    do {
      let wanted = try await apply(body, id, force: false, isDryRun: true).object
      let changed = Self.differences(live.body, wanted)
      guard !changed.isEmpty else { return nil }
      _ = try await apply(body, id, force: false)
      return DriftCorrection(
        id: id, org: object.origin.org,
        detail: "\(changed.joined(separator: ", ")) had been changed by \(Self.lastHand(live.body))")
    } catch {
      // The pass that applies the object reports every other failure.
      guard error.kind != .unavailable else { throw error }
      return nil
    }
  }

  private static func names(of data: JSON) -> [String] {
    guard case .object(let members) = data else { return [] }
    return members.pairs.map(\.name).sorted()
  }

  /// Returns the paths of fields that differ between two states of an object, except for the server's own bookkeeping.
  static func differences(_ left: JSON, _ right: JSON, at path: String = "") -> [String] {
    let ignored = [".metadata.managedFields", ".metadata.resourceVersion", ".metadata.generation", ".status"]
    if ignored.contains(path) || left == right { return [] }
    guard case .object(let first) = left, case .object(let second) = right else { return [path] }
    let names = Set(first.pairs.map(\.name)).union(second.pairs.map(\.name))
    return names.sorted().flatMap { differences(first[$0] ?? .null, second[$0] ?? .null, at: "\(path).\($0)") }
  }

  /// Returns the field manager that last wrote the object, other than wpex and the controller manager.
  private static func lastHand(_ object: JSON) -> String {
    let others = (object["metadata"]?["managedFields"]?.elements ?? []).filter { field in
      field["manager"]?.text != fieldManager && field["manager"]?.text != "kube-controller-manager"
    }
    let last = others.max { ($0["time"]?.text ?? "") < ($1["time"]?.text ?? "") }
    return last?["manager"]?.text.map { "`\($0)`" } ?? "something outside wpex"
  }

  // MARK: - Health

  package func health(of region: String) async throws(TargetError) -> [RelayCondition] {
    if let members = watched.members(of: [Deployment.kind], in: region) {
      return members.compactMap(\.condition).sorted { ($0.org, $0.relay) < ($1.org, $1.relay) }
    }
    let label = try ApplySet(region: region, namespace: namespace).selector
    guard let path = ResourcePath.all(Deployment.kind, Deployment.apiVersion) else { return [] }
    do {
      return try await client.list(path, labels: label, DeploymentHealth.condition).items
        .sorted { ($0.org, $0.relay) < ($1.org, $1.relay) }
    } catch {
      throw Self.failure(error)
    }
  }

  // MARK: - Watch

  package func watch(_ region: String, suspect: @escaping @Sendable (ObjectID) async -> Void) async {
    guard let set = try? ApplySet(region: region, namespace: namespace) else { return }
    await withTaskGroup(of: Void.self) { group in
      for (kind, apiVersion) in kinds {
        guard let path = ResourcePath.all(kind, apiVersion) else { continue }
        group.addTask {
          await MemberWatch(
            client: client, path: path, labels: set.selector, region: region, kind: kind, apiVersion: apiVersion,
            watched: watched, suspect: suspect
          ).run()
        }
      }
    }
  }

  package func shutDown() async { await client.shutDown() }

  /// Creates the parent of a region's apply set, so that other tools recognize the owner of the members.
  ///
  /// - Throws: `TargetError` if it cannot be applied.
  package func prepare(_ region: String) async throws(TargetError) {
    let set = try ApplySet(region: region, namespace: namespace)
    _ = try await apply(
      set.parent(kinds: kinds),
      ObjectID(apiVersion: "v1", kind: "ConfigMap", namespace: namespace, name: set.name), force: true)
  }

  private static func failure(_ error: any Error) -> TargetError {
    if let failure = error as? TargetError { return failure }
    guard let failure = error as? KubernetesClientError else { return TargetError(.unavailable, "\(error)") }
    if case .status = failure.kind { return TargetError(.refused, failure.description) }
    return TargetError(.unavailable, failure.description)
  }
}
