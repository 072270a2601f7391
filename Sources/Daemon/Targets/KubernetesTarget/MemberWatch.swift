import ConfigCompiler
import KubernetesClient
import KubernetesModel
import RelayWire
import TextFormats
import SyncEngine
import DeploymentPlanning
import Synchronization

/// A member of an apply set, reduced to what is compared between events.
struct Member {
  /// Identity of the object.
  let id: ObjectID
  /// The object with its wpex labels and annotations; nil if the organization's label is missing.
  let live: LiveObject?
  /// Writers of its fields.
  let hands: FieldManagers
  /// Condition of a Deployment; nil for other kinds.
  let condition: RelayCondition?
  /// Where peers reach the relay of a Service with a load balancer; nil for others.
  let endpoint: RelayEndpoint?
  /// Resource version, which rises with every change (KEP-5504).
  let version: UInt64

  init?(_ object: JSON, _ kind: String, _ apiVersion: String) {
    guard let name = object["metadata"]?["name"]?.text else { return nil }
    id = ObjectID(apiVersion: apiVersion, kind: kind, namespace: object["metadata"]?["namespace"]?.text, name: name)
    live = KubernetesTarget.liveObject(object, kind, apiVersion)
    hands = FieldManagers(object)
    condition = kind == Deployment.kind ? DeploymentHealth.condition(object) : nil
    endpoint = kind == Service.kind ? ServiceEndpoint.endpoint(object) : nil
    version = object["metadata"]?["resourceVersion"]?.text.flatMap { UInt64($0) } ?? 0
  }
}

/// Watches the members of one kind in a region.
struct MemberWatch: Sendable {
  /// Client of the API server.
  let client: KubernetesClient
  /// Path of the collection.
  let path: String
  /// Label selector of the members.
  let labels: String
  /// Region of the members.
  let region: String
  /// Kind of the members.
  let kind: String
  /// API version of the kind.
  let apiVersion: String
  /// Shared state, updated from lists and events.
  let watched: WatchedObjects
  /// Called for members that may have been modified outside wpex.
  let suspect: @Sendable (ObjectID) async -> Void

  private static let maxPause = 60.0
  /// Seconds between checks whether the server has learned the kind.
  private static let pauseForUnknownKind = 300.0

  private var place: WatchedObjects.Place { WatchedObjects.Place(region: region, kind: kind) }

  /// Watches until the task is cancelled.
  func run() async {
    var pause = 1.0
    while !Task.isCancelled {
      do {
        let list = try await client.list(path, labels: labels, metadataOnly: !isRead) { Member($0, kind, apiVersion) }
        guard !list.resourceVersion.isEmpty else {
          _ = watched.take([], at: place)
          try await Task.sleep(for: .seconds(Self.pauseForUnknownKind))
          continue
        }
        for id in watched.take(list.items, at: place) { await suspect(id) }
        pause = 1
        try await follow(from: list.resourceVersion)
      } catch {
        watched.markUnwatched(place)
        try? await Task.sleep(for: .seconds(pause * .random(in: 0.75...1.25)))
        pause = min(Self.maxPause, pause * 2)
      }
    }
    watched.markUnwatched(place)
  }

  /// Whether whole objects are read. Deployments show the condition of relays, and Services where peers reach them; for
  /// everything else, and Secrets above all, metadata is enough.
  private var isRead: Bool { kind == Deployment.kind || kind == Service.kind }

  private func follow(from start: String) async throws {
    var version: String? = start
    while let from = version, !Task.isCancelled {
      let begin = ContinuousClock.now
      version = try await client.watch(path, labels: labels, from: from, metadataOnly: !isRead) { type, object in
        guard let member = Member(object, kind, apiVersion) else { return }
        if watched.take(member, isDeleted: type == "DELETED", at: place) { await suspect(member.id) }
      }
      // If a connection ends at once, wait before the next one.
      if ContinuousClock.now - begin < .seconds(1) { try await Task.sleep(for: .seconds(1)) }
    }
  }
}
