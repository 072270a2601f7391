import ConfigCompiler
import KubernetesClient
import KubernetesModel
import StructuredText
import SyncEngine
import Synchronization

/// What is known of an apply set's members between two passes.
final class WatchedMembers: Sendable {
  private struct State {
    var hands: [Place: [ObjectID: Hands]] = [:]
    var relays: [String: [ObjectID: RelayCondition]] = [:]
    /// Regions whose relays are followed right now.
    var live: Set<String> = []
  }

  private struct Place: Hashable {
    let region: String
    let kind: String
  }

  private let state = Mutex(State())

  /// How a region's relays do; nil where they are not followed, and must be asked for.
  func relays(of region: String) -> [RelayCondition]? {
    state.withLock { $0.live.contains(region) ? $0.relays[region].map { Array($0.values) } : nil }
  }

  /// Takes what a list shows.
  ///
  /// - Returns: Members that another hand has changed or removed since they were seen last.
  func take(_ members: [Member], of kind: String, in region: String) -> [ObjectID] {
    let there = Dictionary(members.map { ($0.id, $0) }) { first, _ in first }
    return state.withLock { state in
      let known = state.hands.updateValue(there.mapValues(\.hands), forKey: Place(region: region, kind: kind)) ?? [:]
      if kind == Deployment.kind {
        state.relays[region] = there.compactMapValues(\.condition)
        state.live.insert(region)
      }
      return known.compactMap { id, hands in
        there[id].map { $0.hands.showsAnotherHand(since: hands) } ?? true ? id : nil
      }
    }
  }

  /// Takes one event.
  ///
  /// - Returns: Whether another hand may have been at the member.
  func take(_ member: Member, isDeleted: Bool, in region: String) -> Bool {
    state.withLock { state in
      let place = Place(region: region, kind: member.id.kind)
      if isDeleted {
        state.relays[region]?[member.id] = nil
        return state.hands[place]?.removeValue(forKey: member.id) != nil
      }
      if let condition = member.condition { state.relays[region, default: [:]][member.id] = condition }
      let before = state.hands[place, default: [:]].updateValue(member.hands, forKey: member.id)
      return before.map(member.hands.showsAnotherHand(since:)) ?? false
    }
  }

  /// Says that a region's relays are not followed any more.
  func lose(_ region: String) { state.withLock { _ = $0.live.remove(region) } }
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

/// A member of an apply set, as the watch needs it.
struct Member {
  let id: ObjectID
  let hands: Hands
  let condition: RelayCondition?

  init?(_ object: JSON, _ kind: String, _ apiVersion: String) {
    guard let name = object["metadata"]?["name"]?.text else { return nil }
    id = ObjectID(apiVersion: apiVersion, kind: kind, namespace: object["metadata"]?["namespace"]?.text, name: name)
    hands = Hands(object)
    condition = kind == Deployment.kind ? DeploymentHealth.condition(object) : nil
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

  /// Runs until the task is cancelled.
  func run() async {
    var pause = 1.0
    while !Task.isCancelled {
      do {
        let list = try await client.list(path, labels: labels, metadataOnly: !isRead) { Member($0, kind, apiVersion) }
        guard !list.resourceVersion.isEmpty else {
          try await Task.sleep(for: .seconds(Self.pauseForUnknownKind))
          continue
        }
        for id in watched.take(list.items, of: kind, in: region) { await suspect(id) }
        pause = 1
        try await follow(from: list.resourceVersion)
      } catch {
        if isRead { watched.lose(region) }
        try? await Task.sleep(for: .seconds(pause * .random(in: 0.75...1.25)))
        pause = min(Self.longestPause, pause * 2)
      }
    }
    if isRead { watched.lose(region) }
  }

  /// Deployments tell how relays do; of the rest, Secrets above all, the marks are enough.
  private var isRead: Bool { kind == Deployment.kind }

  private func follow(from start: String) async throws {
    var version: String? = start
    while let from = version, !Task.isCancelled {
      let begin = ContinuousClock.now
      version = try await client.watch(path, labels: labels, from: from, metadataOnly: !isRead) { type, object in
        guard let member = Member(object, kind, apiVersion) else { return }
        if watched.take(member, isDeleted: type == "DELETED", in: region) { await suspect(member.id) }
      }
      // A connection that ends at once must not be asked for without a pause.
      if ContinuousClock.now - begin < .seconds(1) { try await Task.sleep(for: .seconds(1)) }
    }
  }
}
