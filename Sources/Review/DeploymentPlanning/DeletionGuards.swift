import ConfigModel
import KeyBundles

/// What holds deletions back until somebody approves them, and the digest by which they are approved. Pull requests and the
/// daemon judge by it alike.
struct DeletionGuards {
  let policy: MaxDeletions
  /// That the region has before anything is removed.
  let relays: Int
  let isAnythingDeclared: Bool

  func holds(_ deletions: [SyncPlan.Step]) -> [SyncPlan.Hold] {
    guard !deletions.isEmpty else { return [] }
    let orgs = Set(deletions.map(\.org)).sorted()
    if !isAnythingDeclared { return orgs.map { SyncPlan.Hold(org: $0, reason: .nothingDeclared) } }
    var holds: [SyncPlan.Hold] = []
    for step in deletions where step.id.kind == "Namespace" {
      holds.append(SyncPlan.Hold(org: step.org, reason: .namespace(step.id.name)))
    }
    for step in deletions where step.live?.isProtected == true && step.id.kind == "Deployment" {
      holds.append(SyncPlan.Hold(org: step.org, reason: .deletionProtection(relay: step.relay ?? step.id.name)))
    }
    for (org, count) in excessive(deletions.filter { $0.id.kind == "Deployment" }.map(\.org)) {
      holds.append(SyncPlan.Hold(org: org, reason: .tooManyDeletions(relays: count, of: relays)))
    }
    return holds
  }

  /// Organizations whose removals exceed the policy, with the number of relays that each exceeds it by or together.
  ///
  /// One organization's removals never hold another's back: those that remove most are held first, and the rest goes on
  /// if it is within the policy without them. Organizations that remove equally many are held together.
  ///
  /// - Parameter owners: the organization of each relay to be removed.
  private func excessive(_ owners: [String]) -> [(org: String, relays: Int)] {
    var rest = Dictionary(owners.map { ($0, 1) }, uniquingKeysWith: +)
    var held: [(org: String, relays: Int)] = []
    while exceeds(rest.values.reduce(0, +)), let most = rest.values.max() {
      let largest = rest.filter { $0.value == most }.keys
      held += largest.map { ($0, largest.count == 1 ? most : most * largest.count) }
      for org in largest { rest[org] = nil }
    }
    return held.sorted { $0.org < $1.org }
  }

  /// One relay of three is a third of them, and still only one.
  private func exceeds(_ removed: Int) -> Bool {
    removed > policy.count || removed > 1 && removed * 100 > relays * policy.percent
  }

  /// Names the deletions that are held in a region by what was declared: which objects, and the digest of each one's
  /// declaration. A pull request can compute it before anything is applied.
  ///
  /// - Parameter renewed: for bundles from which keys were withdrawn while their deletion waits, the digest before that, by the
  ///   one since. Such a change ends no approval.
  /// - Returns: 16 hexadecimal digits; empty if nothing is held.
  static func digest(
    of steps: [SyncPlan.Step], in region: String, renewed: [String: String] = [:]
  ) throws -> String {
    guard !steps.isEmpty else { return "" }
    let lines = steps.map { (step) -> String in
      let protection = step.live?.isProtected == true ? "protected" : ""
      let content = step.before.map { renewed[$0] ?? $0 } ?? ""
      return ([region] + step.id.identity + [content, protection]).joined(separator: "\u{0}")
    }
    return String(try SHA256Digest.hex(of: Array(lines.sorted().joined(separator: "\n").utf8)).prefix(16))
  }
}
