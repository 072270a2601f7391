import StatusModel
import Synchronization

/// Answers that were made already, for each scope: good as long as the parts of the snapshot that they were made from are
/// the same.
final class ResponseCache: Sendable {
  private struct Key: Hashable {
    let scope: Scope
    let target: String
  }

  private struct Entry {
    let versions: [UInt64]
    let body: CachedBody
  }

  private struct State {
    var entries: [Key: Entry] = [:]
    var size = 0
  }

  private let state = Mutex(State())
  /// Bytes and entries that are kept.
  private let largest: Int
  private let most: Int

  init(largest: Int = 64 << 20, most: Int = 4_096) {
    self.largest = largest
    self.most = most
  }

  func find(_ scope: Scope, _ target: String, _ versions: [UInt64]) -> CachedBody? {
    state.withLock { state in
      guard let entry = state.entries[Key(scope: scope, target: target)], entry.versions == versions else { return nil }
      return entry.body
    }
  }

  func keep(_ body: CachedBody, _ scope: Scope, _ target: String, _ versions: [UInt64]) {
    guard body.size <= largest / 8 else { return }
    state.withLock { state in
      let key = Key(scope: scope, target: target)
      if let old = state.entries[key] { state.size -= old.body.size }
      // Most of what is there is of an older snapshot anyhow.
      if state.entries.count >= most || state.size + body.size > largest {
        state.entries = [:]
        state.size = 0
      }
      state.entries[key] = Entry(versions: versions, body: body)
      state.size += body.size
    }
  }
}

extension StatusSnapshot {
  func versions(of topics: Set<Topic>) -> [UInt64] {
    Topic.allCases.map { topics.contains($0) ? versions[$0] ?? 0 : 0 }
  }
}
