import ConfigCompiler
import KubernetesClient
import KubernetesModel
import TextFormats
import SyncEngine
import DeploymentPlanning
import Synchronization

/// What is known of apply sets' members: what was listed, what was heard since, and what was written.
final class WatchedMembers: Sendable {
  struct Place: Hashable {
    let region: String
    let kind: String
  }

  private struct State {
    var members: [Place: [ObjectID: Member]] = [:]
    /// Where what is known is followed right now.
    var live: Set<Place> = []
  }

  private let state = Mutex(State())

  /// The members of some kinds in a region; nil where one of them is not followed, and must be asked for.
  func members(of kinds: [String], in region: String) -> [Member]? {
    state.withLock { state in
      let places = kinds.map { Place(region: region, kind: $0) }
      guard state.live.isSuperset(of: places) else { return nil }
      return places.flatMap { state.members[$0].map { Array($0.values) } ?? [] }
    }
  }

  /// Takes what a list shows.
  ///
  /// - Returns: Members that another hand has changed or removed since they were seen last.
  func take(_ listed: [Member], at place: Place) -> [ObjectID] {
    let there = Dictionary(listed.map { ($0.id, $0) }) { first, _ in first }
    return state.withLock { state in
      let known = state.members.updateValue(there, forKey: place) ?? [:]
      state.live.insert(place)
      return known.compactMap { id, member in
        there[id].map { $0.hands.showsAnotherHand(since: member.hands) } ?? true ? id : nil
      }
    }
  }

  /// Takes one event.
  ///
  /// - Returns: Whether another hand may have been at the member.
  func take(_ member: Member, isDeleted: Bool, at place: Place) -> Bool {
    state.withLock { state in
      if isDeleted { return state.members[place]?.removeValue(forKey: member.id) != nil }
      let before = state.members[place]?[member.id]
      // What was written here is known before its event comes.
      if let before, before.version > member.version { return false }
      state.members[place, default: [:]][member.id] = member
      return before.map { member.hands.showsAnotherHand(since: $0.hands) } ?? false
    }
  }

  /// Takes what the daemon itself wrote; its event may be here already.
  func wrote(_ member: Member, at place: Place) {
    state.withLock { state in
      if let known = state.members[place]?[member.id], known.version >= member.version { return }
      state.members[place, default: [:]][member.id] = member
    }
  }

  func removed(_ id: ObjectID, at place: Place) {
    state.withLock { _ = $0.members[place]?.removeValue(forKey: id) }
  }

  /// Says that members are not followed any more.
  func lose(_ place: Place) { state.withLock { _ = $0.live.remove(place) } }
}

/// Who wrote an object's fields, as far as `managedFields` tells.
struct Hands: Equatable {
  private let foreign: Int
  private let own: Int
  private let ownTime: String

  init(_ object: JSON) {
    var foreign = Hasher()
    var own = Hasher()
    var ownTime = ""
    for entry in object["metadata"]?["managedFields"]?.elements ?? [] {
      let manager = entry["manager"]?.text ?? ""
      // Controllers write the state of things, and nothing that is declared.
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

  /// Whether somebody but the daemon wrote since: another's entry changed, or ours lost fields without our writing.
  func showsAnotherHand(since earlier: Hands) -> Bool {
    foreign != earlier.foreign || own != earlier.own && ownTime == earlier.ownTime
  }
}

/// A member of an apply set, as far as it must be known between two looks.
struct Member {
  let id: ObjectID
  /// Of what it was made from; nil where marks are missing.
  let live: LiveObject?
  let hands: Hands
  let condition: RelayCondition?
  /// Ascends with every change (KEP-5504).
  let version: UInt64

  init?(_ object: JSON, _ kind: String, _ apiVersion: String) {
    guard let name = object["metadata"]?["name"]?.text else { return nil }
    id = ObjectID(apiVersion: apiVersion, kind: kind, namespace: object["metadata"]?["namespace"]?.text, name: name)
    live = KubernetesTarget.liveObject(object, kind, apiVersion)
    hands = Hands(object)
    condition = kind == Deployment.kind ? DeploymentHealth.condition(object) : nil
    version = object["metadata"]?["resourceVersion"]?.text.flatMap { UInt64($0) } ?? 0
  }
}

/// Follows the members of one kind.
struct MemberWatch: Sendable {
  let client: KubernetesClient
  let path: String
  let labels: String
  let region: String
  let kind: String
  let apiVersion: String
  let watched: WatchedMembers
  let suspect: @Sendable (ObjectID) async -> Void

  private static let longestPause = 60.0
  /// Between looks whether the server has learned the kind, in seconds.
  private static let pauseForUnknownKind = 300.0

  private var place: WatchedMembers.Place { WatchedMembers.Place(region: region, kind: kind) }

  /// Runs until the task is cancelled.
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
        watched.lose(place)
        try? await Task.sleep(for: .seconds(pause * .random(in: 0.75...1.25)))
        pause = min(Self.longestPause, pause * 2)
      }
    }
    watched.lose(place)
  }

  /// Deployments tell how relays do; of the rest, Secrets above all, the marks are enough.
  private var isRead: Bool { kind == Deployment.kind }

  private func follow(from start: String) async throws {
    var version: String? = start
    while let from = version, !Task.isCancelled {
      let begin = ContinuousClock.now
      version = try await client.watch(path, labels: labels, from: from, metadataOnly: !isRead) { type, object in
        guard let member = Member(object, kind, apiVersion) else { return }
        if watched.take(member, isDeleted: type == "DELETED", at: place) { await suspect(member.id) }
      }
      // A connection that ends at once must not be asked for without a pause.
      if ContinuousClock.now - begin < .seconds(1) { try await Task.sleep(for: .seconds(1)) }
    }
  }
}
