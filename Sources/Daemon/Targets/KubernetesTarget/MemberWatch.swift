import ConfigCompiler
import KubernetesClient
import KubernetesModel
import TextFormats
import SyncEngine
import DeploymentPlanning
import Synchronization

/// Known state of apply set members, from lists, watch events and our own writes.
final class WatchedObjects: Sendable {
  /// Members of one kind in one region.
  struct Place: Hashable {
    let region: String
    let kind: String
  }

  private struct State {
    var members: [Place: [ObjectID: Member]] = [:]
    /// Kinds and regions that are being watched right now.
    var live: Set<Place> = []
  }

  private let state = Mutex(State())

  /// Returns the members of some kinds in a region; nil if one of the kinds is not being watched and has to be listed.
  func members(of kinds: [String], in region: String) -> [Member]? {
    state.withLock { state in
      let places = kinds.map { Place(region: region, kind: $0) }
      guard state.live.isSuperset(of: places) else { return nil }
      return places.flatMap { state.members[$0].map { Array($0.values) } ?? [] }
    }
  }

  /// Replaces the known members with those of a list.
  ///
  /// - Returns: Members changed or removed outside wpex since they were last seen.
  func take(_ listed: [Member], at place: Place) -> [ObjectID] {
    let there = Dictionary(listed.map { ($0.id, $0) }) { first, _ in first }
    return state.withLock { state in
      let known = state.members.updateValue(there, forKey: place) ?? [:]
      state.live.insert(place)
      return known.compactMap { id, member in
        there[id].map { $0.hands.showsForeignWrite(since: member.hands) } ?? true ? id : nil
      }
    }
  }

  /// Records a watch event.
  ///
  /// - Returns: Whether the member may have been modified outside wpex.
  func take(_ member: Member, isDeleted: Bool, at place: Place) -> Bool {
    state.withLock { state in
      if isDeleted { return state.members[place]?.removeValue(forKey: member.id) != nil }
      let before = state.members[place]?[member.id]
      // Our own writes are known before their events arrive.
      if let before, before.version > member.version { return false }
      state.members[place, default: [:]][member.id] = member
      return before.map { member.hands.showsForeignWrite(since: $0.hands) } ?? false
    }
  }

  /// Records a write of the daemon itself; its event may have arrived already.
  func recordWrite(_ member: Member, at place: Place) {
    state.withLock { state in
      if let known = state.members[place]?[member.id], known.version >= member.version { return }
      state.members[place, default: [:]][member.id] = member
    }
  }

  /// Records a deletion by the daemon itself.
  func removed(_ id: ObjectID, at place: Place) {
    state.withLock { _ = $0.members[place]?.removeValue(forKey: id) }
  }

  /// Marks members as no longer watched.
  func markUnwatched(_ place: Place) { state.withLock { _ = $0.live.remove(place) } }
}

/// Writers of an object's fields, according to `managedFields`.
struct FieldManagers: Equatable {
  private let foreign: Int
  private let own: Int
  private let ownTime: String

  init(_ object: JSON) {
    var foreign = Hasher()
    var own = Hasher()
    var ownTime = ""
    for entry in object["metadata"]?["managedFields"]?.elements ?? [] {
      let manager = entry["manager"]?.text ?? ""
      // Controllers write status, not declared fields.
      if entry["subresource"]?.text?.isEmpty == false || manager == "kube-controller-manager" { continue }
      if manager == KubernetesTarget.fieldManager {
        entry["fieldsV1"]?.text(.canonical).hash(into: &own)
        ownTime = entry["time"]?.text ?? ""
      } else {
        entry.text(.canonical).hash(into: &foreign)
      }
    }
    self.foreign = foreign.finalize()
    self.own = own.finalize()
    self.ownTime = ownTime
  }

  /// Returns whether the object was written outside wpex since `earlier`: another manager's entry changed, or ours lost
  /// fields without a write of ours.
  func showsForeignWrite(since earlier: FieldManagers) -> Bool {
    foreign != earlier.foreign || own != earlier.own && ownTime == earlier.ownTime
  }
}

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
  /// Resource version, which rises with every change (KEP-5504).
  let version: UInt64

  init?(_ object: JSON, _ kind: String, _ apiVersion: String) {
    guard let name = object["metadata"]?["name"]?.text else { return nil }
    id = ObjectID(apiVersion: apiVersion, kind: kind, namespace: object["metadata"]?["namespace"]?.text, name: name)
    live = KubernetesTarget.liveObject(object, kind, apiVersion)
    hands = FieldManagers(object)
    condition = kind == Deployment.kind ? DeploymentHealth.condition(object) : nil
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

  /// Whether whole objects are read. Deployments show the condition of relays; for everything else, and Secrets above
  /// all, metadata is enough.
  private var isRead: Bool { kind == Deployment.kind }

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
