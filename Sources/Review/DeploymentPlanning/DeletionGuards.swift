import ConfigModel
import KeyBundles

/// Guards that hold deletions until an operator approves them, and the digest that an approval names. Shared by pull
/// requests and the daemon.
struct DeletionGuards {
  let policy: MaxDeletions
  /// Number of relays in the region before anything is removed.
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

  /// Returns the organizations whose removals exceed the policy, with the number of relays by which each exceeds it
  /// alone or together with others.
  ///
  /// Organizations do not hold up each other's removals: those that remove the most are held first, and the others
  /// proceed if they comply with the policy on their own. Organizations that remove equally many are held together.
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

  /// A single relay is never subject to the percentage: one relay of three is a third of them.
  private func exceeds(_ removed: Int) -> Bool {
    removed > policy.count || removed > 1 && removed * 100 > relays * policy.percent
  }

  /// Returns an identifier of the deletions that are held in a region, from the objects and the digests of their
  /// declarations. A pull request can compute it before anything is applied.
  ///
  /// - Parameter renewed: for bundles from which keys were withdrawn while their deletion waits, the original digest by
  ///   the current one. Such a change does not invalidate an approval.
  /// - Returns: 16 hexadecimal digits; empty if nothing is held.
  /// - Throws: an error if the digest cannot be computed.
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
