import FairShares
import StatusModel
import Synchronization

/// Cache of responses per scope. A response is valid while the parts of the snapshot it depends on are unchanged.
///
/// Space is shared fairly among viewers, so that one viewer's many requests do not evict everyone else's responses.
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
  /// Size of the largest response cached, in bytes.
  private let maxBytes: Int
  /// Minimum size that a small response counts for, in bytes.
  private let smallest: Int

  /// Creates an empty cache.
  ///
  /// - Parameters:
  ///   - maxBytes: total size of all responses cached, in bytes.
  ///   - maxCount: most responses cached.
  init(maxBytes: Int = 64 << 20, maxCount: Int = 4_096) {
    self.maxBytes = maxBytes / 8
    smallest = maxBytes / maxCount
    entries = Mutex(FairTable(capacity: maxBytes, maxShare: maxBytes / 2))
  }

  /// Returns a cached response; nil if there is none for these versions.
  func find(_ scope: Scope, _ target: String, _ versions: [UInt64]) -> CachedBody? {
    entries.withLock { entries in
      let key = Key(scope: scope, target: target)
      guard let entry = entries[key], entry.versions == versions else { return nil }
      entries.touch(key)
      return entry.body
    }
  }

  /// Caches a response.
  ///
  /// - Parameter viewer: share of the viewer who requested it first.
  func keep(_ body: CachedBody, _ scope: Scope, _ target: String, _ versions: [UInt64], of viewer: FairSource) {
    guard body.size <= maxBytes else { return }
    entries.withLock { entries in
      _ = entries.insert(
        Key(scope: scope, target: target), Entry(versions: versions, body: body), of: viewer,
        weight: max(body.size, smallest))
    }
  }
}

extension StatusSnapshot {
  /// Returns the versions of the parts that a response depends on.
  func versions(of topics: Set<Topic>) -> [UInt64] {
    Topic.allCases.map { topics.contains($0) ? versions[$0] ?? 0 : 0 }
  }
}
