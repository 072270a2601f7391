package import ConfigCompiler
import FoundationEssentials
import KeyBundles
import ProcessSupport
import RelayWire
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
  package let hasServices = true
  let client: KubernetesClient
  private let version: KubernetesVersion
  let namespace: String
  private let watched = WatchedObjects()
  let secrets = RelaySecrets()
  let claims = GrantedClaims()
  let pods: RelayPods
  let reach: Reach
  private let now: @Sendable () -> Int64

  /// How relays' pods are reached.
  package enum Reach: Sendable {
    /// At their addresses, from inside the cluster, as far as network policies permit.
    case directly
    /// Through the API server's proxy, from anywhere. Requires permission to create `pods/proxy`.
    case throughServer
  }

  /// Creates a target.
  ///
  /// - Parameters:
  ///   - client: Client of the API server.
  ///   - version: Version of the server.
  ///   - namespace: The daemon's own namespace, for the parents of its apply sets.
  ///   - reach: How relays' pods are reached.
  ///   - now: Returns milliseconds since 1970.
  package init(
    _ client: KubernetesClient, version: KubernetesVersion, namespace: String, reach: Reach = .throughServer,
    now: @escaping @Sendable () -> Int64 = { Int64(Date.now.timeIntervalSince1970 * 1_000) }
  ) {
    self.client = client
    self.version = version
    self.namespace = namespace
    self.reach = reach
    self.now = now
    pods = RelayPods(client)
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
    let relay = DeployedRelay(keysIn: id, org: object.origin.org, relay: object.origin.relay)
    var secret: RelaySecret?
    if let relay { secret = try await completed(object, id, of: relay) }
    let answer = try await apply(set.member(secret?.manifest ?? object.manifest.body), id, force: false)
    if let relay, let files = secret?.files { secrets.record(files, of: relay, in: object.origin.region) }
    if let member = Member(answer.object, id.kind, id.apiVersion) {
      watched.recordWrite(member, at: .init(region: object.origin.region, kind: id.kind))
    }
    return answer.outcome
  }

  /// Completes a relay's Secret from the one in the cluster.
  private func completed(
    _ object: RenderedObject, _ id: ObjectID, of relay: DeployedRelay
  ) async throws(TargetError) -> RelaySecret? {
    guard let path = ResourcePath.one(id.kind, id.apiVersion, id.namespace, id.name) else { return nil }
    do {
      let live = try await client.ask(.get, path)
      // Without reading the current ones, applying would replace them.
      guard [200, 404].contains(live.status) else { throw live.failure("\(id)") }
      return try RelaySecret(
        object.manifest.body, from: live.body, of: relay, sharing: .init(object), signer: object.signer,
        written: secrets.written(to: relay, in: object.origin.region), now: now())
    } catch {
      throw Self.failure(error)
    }
  }

  private func apply(
    _ body: JSON, _ id: ObjectID, force: Bool, isDryRun: Bool = false, canRelease: Bool = true
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
        return try await apply(body, id, force: true, isDryRun: isDryRun, canRelease: canRelease)
      }
      guard let manager = conflict.manager else { throw TargetError(.refused, answer.failure("\(id)").description) }
      throw TargetError(
        .conflict(manager: manager),
        "\(id): the field manager `\(manager)` declares other values for \(conflict.fields.joined(separator: ", "))")
    case 422 where !isDryRun && canRelease && LoadBalancerRelease.isNeeded(for: id.kind, answer.body):
      // Without this, the daemon could never apply the declaration. If the class itself is refused, once is enough to see it.
      guard let release = LoadBalancerRelease.manifest(of: body) else { fallthrough }
      _ = try await apply(release, id, force: force, canRelease: false)
      return try await apply(body, id, force: force, canRelease: false)
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
    if let relay = DeployedRelay(keysIn: object.id, org: object.org, relay: object.relay) {
      secrets.forget(relay, in: region)
    }
  }

  package func forgetWrites(in region: String) async {
    secrets.forget(region: region)
    claims.forget(region)
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
    return try await apply(Self.manifest(of: identity, id), id, force: true).outcome
  }

  package func correctDrift(
    of identity: OrganizationSecret, in region: String
  ) async throws(TargetError) -> DriftCorrection? {
    let id = ObjectID(apiVersion: "v1", kind: Secret.kind, namespace: identity.namespace, name: ObjectNames.identity)
    guard let path = ResourcePath.one(id.kind, id.apiVersion, id.namespace, id.name) else { return nil }
    let wanted = Self.manifest(of: identity, id)
    let live: KubernetesClient.Answer
    do {
      live = try await client.ask(.get, path)
      guard [200, 404].contains(live.status) else { throw live.failure("\(id)") }
    } catch {
      throw Self.failure(error)
    }
    let isGone = live.status == 404
    let isSame =
      live.body["data"]?["identity.txt"] == wanted["data"]?["identity.txt"]
      && live.body["metadata"]?["annotations"]?[ObjectMetadataKeys.digest]?.text == identity.digest
    guard isGone || !isSame else { return nil }
    _ = try await apply(wanted, id, force: true)
    return DriftCorrection(
      id: id, org: identity.org,
      detail: isGone ? "it was gone" : ".data.identity.txt had been changed by \(Self.lastHand(live.body))")
  }

  private static func manifest(of identity: OrganizationSecret, _ id: ObjectID) -> JSON {
    [
      "apiVersion": "v1", "kind": "Secret",
      "metadata": [
        "name": .string(id.name), "namespace": .string(identity.namespace),
        "labels": [
          ObjectMetadataKeys.managedBy: .string(ObjectMetadataKeys.manager),
          ObjectMetadataKeys.org: .string(identity.org),
        ],
        "annotations": [ObjectMetadataKeys.digest: .string(identity.digest)],
      ],
      "type": "Opaque",
      "data": ["identity.txt": .string(identity.identityFile.withBytes { Data($0).base64EncodedString() })],
    ]
  }

  // MARK: - Drift

  package func correctDrift(
    in region: String, declared: [RenderedObject]
  ) async throws(TargetError) -> DriftReport {
    let set = try ApplySet(region: region, namespace: namespace)
    let parts = await declared.concurrentResults(atMost: Self.driftParallelism) { object in
      do {
        return DriftReport(try await correctDrift(of: object, in: set, region).map { [$0] } ?? [])
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

  private func correctDrift(
    of object: RenderedObject, in set: ApplySet, _ region: String
  ) async throws -> DriftCorrection? {
    let id = ObjectID(object.manifest)
    guard let path = ResourcePath.one(id.kind, id.apiVersion, id.namespace, id.name) else { return nil }
    let live = try await client.ask(.get, path)
    // A digest of another commit, or a missing object, is left to the next pass.
    guard live.status == 200, live.body["metadata"]?["annotations"]?[ObjectMetadataKeys.digest]?.text == object.digest
    else {
      return nil
    }
    var body = object.manifest.body
    var files: AppliedFiles?
    let relay = DeployedRelay(keysIn: id, org: object.origin.org, relay: object.origin.relay)
    if let relay {
      // Encrypting a bundle again gives a different result every time, so it is compared with what was written.
      let written = secrets.written(to: relay, in: region)
      let sharing = RelaySecret.Sharing(object)
      let secret = try RelaySecret(
        body, from: live.body, of: relay, sharing: sharing, signer: object.signer, written: written, now: now())
      let changes = try RelaySecret.changes(
        in: live.body, rendered: body, of: relay, sharing: sharing, signer: object.signer, written: written)
      if changes.isEmpty {
        if let files = secret.files, written == nil { secrets.recordWritten(files, of: relay, in: region) }
      } else {
        files = secret.files
      }
      body = secret.manifest
    }
    body = set.member(body)
    // Bundles are large: what is as it was written needs no answer of the server.
    if relay != nil, files == nil, Self.hasMetadata(live.body, of: body) { return nil }
    do {
      let wanted = try await apply(body, id, force: false, isDryRun: true).object
      let changed = Self.differences(live.body, wanted)
      guard !changed.isEmpty else { return nil }
      _ = try await apply(body, id, force: false)
      if let relay, let files { secrets.record(files, of: relay, in: region) }
      return DriftCorrection(
        id: id, org: object.origin.org,
        detail: "\(changed.joined(separator: ", ")) had been changed by \(Self.lastHand(live.body))",
        relay: files == nil ? nil : relay)
    } catch {
      // The pass that applies the object reports every other failure; it does not look at a Secret's content.
      guard error.kind != .unavailable, files == nil else { throw error }
      return nil
    }
  }

  /// Returns whether an object has the labels and annotations of a manifest.
  private static func hasMetadata(_ object: JSON, of manifest: JSON) -> Bool {
    ["labels", "annotations"].allSatisfy { part in
      guard case .object(let wanted)? = manifest["metadata"]?[part] else { return true }
      return wanted.pairs.allSatisfy { object["metadata"]?[part]?[$0.name] == $0.value }
    }
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
    let relays: [(namespace: String, condition: RelayCondition)]
    let endpoints: [String: RelayEndpoint]
    if let members = watched.members(of: [Deployment.kind, Service.kind], in: region) {
      relays = members.compactMap { member in member.condition.map { (member.id.namespace ?? "", $0) } }
      endpoints = Dictionary(
        members.compactMap { member in member.endpoint.map { ("\(member.id.namespace ?? "")/\(member.id.name)", $0) } }
      ) { first, _ in first }
    } else {
      relays = try await list(Deployment.self, of: region) { object in
        DeploymentHealth.condition(object).map { (object["metadata"]?["namespace"]?.text ?? "", $0) }
      }
      endpoints = Dictionary(
        try await list(Service.self, of: region) { object -> (String, RelayEndpoint)? in
          guard let endpoint = ServiceEndpoint.endpoint(object), let metadata = object["metadata"] else { return nil }
          return ("\(metadata["namespace"]?.text ?? "")/\(metadata["name"]?.text ?? "")", endpoint)
        }
      ) { first, _ in first }
    }
    return relays.map { namespace, condition in
      var condition = condition
      condition.endpoint = endpoints["\(namespace)/\(condition.relay)"]
      return condition
    }.sorted { ($0.org, $0.relay) < ($1.org, $1.relay) }
  }

  private func list<Item: Sendable>(
    _ kind: (some Manifest).Type, of region: String, _ read: @escaping @Sendable (JSON) -> Item?
  ) async throws(TargetError) -> [Item] {
    let label = try ApplySet(region: region, namespace: namespace).selector
    guard let path = ResourcePath.all(kind.kind, kind.apiVersion) else { return [] }
    do {
      return try await client.list(path, labels: label, read).items
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

  static func failure(_ error: any Error) -> TargetError {
    if let failure = error as? TargetError { return failure }
    guard let failure = error as? KubernetesClientError else { return TargetError(.unavailable, "\(error)") }
    if case .status = failure.kind { return TargetError(.refused, failure.description) }
    return TargetError(.unavailable, failure.description)
  }
}
