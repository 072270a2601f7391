import ConfigCompiler
import ConfigModel
import GitStore
import KeyBundles
import DeploymentPlanning

/// Withdrawal of keys from relays whose deletion waits for approval.
extension Reconciler {
  /// Returns the plan with updates for the bundles of relays whose removal waits for approval.
  ///
  /// Such a relay continues to run. A key that was revoked, has expired or is no longer declared leaves its bundle all the
  /// same: the relay has the keys that it would have if it were still declared. If an organization's bundles cannot be made,
  /// its relays stay as they are, and the organization has failed.
  ///
  /// - Throws: `AuditError`.
  func withdrawKeys(
    _ plan: SyncPlan, _ compilation: Compilation, on today: CivilDate, _ commit: CommitInfo,
    _ summary: inout PassSummary
  ) async throws -> SyncPlan {
    var renderers: [String: Renderer] = [:]
    var failures: [String: String] = [:]
    for org in Set(plan.heldBundles.map(\.org)) {
      remember(org)
      do {
        renderers[org] = try Renderer(try await lastGood(of: org), options: options.render, day: today)
      } catch {
        failures[org] = "\(error)"
      }
    }
    let renewed = plan.renewing { held in
      guard let relay = held.relay, let renderer = renderers[held.org] else { return nil }
      do throws(Renderer.Failure) {
        let bundle = try renderer.bundle(
          ofRelay: relay, in: region, of: held.org, in: compilation.unit(named: held.org))
        return try bundle.flatMap { bundle throws(Renderer.Failure) in
          do throws(KeyBundleError) {
            return try completing([bundle], recipient(of: compilation)).first
          } catch {
            throw .signature(relay: "`\(held.org)/\(relay)`", error)
          }
        }
      } catch {
        failures[held.org] = error.description
        return nil
      }
    }
    // An approval names the relay as it was declared last, whatever keys it has lost since.
    let live = Dictionary(plan.heldBundles.map { ($0.id, $0.before ?? "") }) { first, _ in first }
    let earlier = state.renewed
    state.renewed = earlier.filter { live.values.contains($0.key) }
    for step in renewed.steps where step.changesKeys {
      guard let before = live[step.id], let after = step.after else { continue }
      state.renewed[after] = earlier[before] ?? before
    }
    for (org, reason) in failures.sorted(by: { $0.key < $1.key }) {
      let failure =
        "revoked keys stay on its relays whose removal waits for approval, because their bundles cannot be made: \(reason)"
      summary.failures[org] = failure
      try await recordFailure(of: org, failure, commit)
    }
    return renewed
  }
}
