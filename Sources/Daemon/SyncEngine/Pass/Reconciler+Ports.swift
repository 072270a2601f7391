import ConfigCompiler
import ConfigModel
import GitStore
import DeploymentPlanning

/// Ports that are still in use by relays whose removal waits for approval.
extension Reconciler {
  /// Returns the plan without new relays whose port is still in use, such as those of a renamed organization. A relay keeps
  /// its port while its removal waits for approval.
  ///
  /// - Parameter leaving: organizations that are no longer declared, as they were declared last.
  /// - Throws: `AuditError`.
  func waitForPorts(
    _ plan: SyncPlan, _ compilation: Compilation, _ leaving: [String: OrganizationUnit], _ commit: CommitInfo,
    _ summary: inout PassSummary
  ) async throws -> SyncPlan {
    var taken: [Int: String] = [:]
    for step in plan.heldSteps where step.action == .delete && step.id.kind == "Deployment" {
      guard let port = leaving[step.org].flatMap({ Self.port(of: step.relay, in: $0) }) else { continue }
      taken[port] = "\(step.org)/\(step.relay ?? step.id.name)"
    }
    guard !taken.isEmpty else { return plan }
    var waiting: Set<[String]> = []
    var reasons: [String: String] = [:]
    for step in plan.steps where step.action == .create && step.id.kind == "Deployment" {
      guard let relay = step.relay,
        let port = compilation.unit(named: step.org).flatMap({ Self.port(of: relay, in: $0) }), let owner = taken[port]
      else { continue }
      waiting.insert([step.org, relay])
      reasons[step.org] =
        "relay `\(relay)` waits for port \(port), which \(owner) has until its removal is approved: `wpex sync approve "
        + "\(plan.digest)`"
    }
    for (org, reason) in reasons.sorted(by: { $0.key < $1.key }) {
      summary.failures[org] = reason
      try await recordFailure(of: org, reason, commit)
    }
    return plan.without { step in
      step.action == .create && step.relay.map { waiting.contains([step.org, $0]) } ?? false
    }
  }

  private static func port(of relay: String?, in unit: OrganizationUnit) -> Int? {
    unit.relays.first { $0.name == relay }?.spec.port
  }
}
