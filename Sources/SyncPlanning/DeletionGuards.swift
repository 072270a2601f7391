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
    let removed = deletions.filter { $0.id.kind == "Deployment" }
    // One relay of three is a third of them, and still only one.
    if removed.count > policy.count || removed.count > 1 && removed.count * 100 > relays * policy.percent {
      for org in Set(removed.map(\.org)).sorted() {
        holds.append(SyncPlan.Hold(org: org, reason: .tooManyDeletions(relays: removed.count, of: relays)))
      }
    }
    return holds
  }

  /// Names the deletions that are held in a region by what was declared: which objects, and the digest of each one's
  /// declaration. A pull request can compute it before anything is applied.
  ///
  /// - Returns: 16 hexadecimal digits; empty where nothing is held.
  static func digest(of steps: [SyncPlan.Step], in region: String) throws -> String {
    guard !steps.isEmpty else { return "" }
    let lines = steps.map { (step) -> String in
      let protection = step.live?.isProtected == true ? "protected" : ""
      return ([region] + step.id.identity + [step.before ?? "", protection]).joined(separator: "\u{0}")
    }
    return String(try SHA256Digest.hex(of: Array(lines.sorted().joined(separator: "\n").utf8)).prefix(16))
  }
}
