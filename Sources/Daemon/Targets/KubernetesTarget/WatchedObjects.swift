import KubernetesClient
import KubernetesModel
import SyncEngine
import ConfigCompiler
import TextFormats
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
