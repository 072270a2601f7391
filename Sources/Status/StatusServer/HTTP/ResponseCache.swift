import FairShares
import StatusModel
import Synchronization

/// Answers that were made already, for each scope: good as long as the parts of the snapshot that they were made from are
/// the same. The room is shared fairly among viewers, so that who asks for many things makes nobody else wait for theirs.
final class ResponseCache: Sendable {
  private struct Key: Hashable {
    let scope: Scope
    let target: String
  }

  private struct Entry {
    let versions: [UInt64]
    let body: CachedBody
  }

  private let entries: Mutex<FairTable<Key, Entry>>
  /// Bytes of the largest answer that is kept, and those for which a small one counts.
  private let largest: Int
  private let smallest: Int

  /// - Parameters:
  ///   - largest: bytes of all answers that are kept.
  ///   - most: how many of them at most.
  init(largest: Int = 64 << 20, most: Int = 4_096) {
    self.largest = largest / 8
    smallest = largest / most
    entries = Mutex(FairTable(capacity: largest, largestShare: largest / 2))
  }

  func find(_ scope: Scope, _ target: String, _ versions: [UInt64]) -> CachedBody? {
    entries.withLock { entries in
      let key = Key(scope: scope, target: target)
      guard let entry = entries[key], entry.versions == versions else { return nil }
      entries.touch(key)
      return entry.body
    }
  }

  /// - Parameter viewer: by whom it was asked for first.
  func keep(_ body: CachedBody, _ scope: Scope, _ target: String, _ versions: [UInt64], of viewer: FairSource) {
    guard body.size <= largest else { return }
    entries.withLock { entries in
      _ = entries.insert(
        Key(scope: scope, target: target), Entry(versions: versions, body: body), of: viewer,
        weight: max(body.size, smallest))
    }
  }
}

extension StatusSnapshot {
  func versions(of topics: Set<Topic>) -> [UInt64] {
    Topic.allCases.map { topics.contains($0) ? versions[$0] ?? 0 : 0 }
  }
}
