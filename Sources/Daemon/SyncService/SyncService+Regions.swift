import ConfigCompiler
import ConfigModel
import GitStore
import SyncEngine
import DeploymentPlanning

/// Regions: each is reconciled with the commit in force, and watched for changes from outside.
extension SyncService {
  /// Reconciles all regions, one after another, and corrects drift in them.
  ///
  /// - Returns: What failed, region by region.
  /// - Throws: `CancellationError`, or `GitStoreError` if the commit in force cannot be read.
  func reconcileRegions(_ current: InForce, lookingForDrift: Bool) async throws -> [String] {
    let today = today
    reconciledDay = today
    let compilation = try await compiled(current, on: today)
    var failures: [String] = []
    let suspects = suspects
    self.suspects = [:]
    let served: [String]
    do {
      served = try await self.served(by: compilation)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      return ["\(error)"]
    }
    for region in served {
      do {
        try await reconcile(
          region, current, compilation, on: today, lookingForDrift: lookingForDrift, suspects: suspects[region],
          &failures)
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        failures.append("\(region): \(error)")
      }
    }
    condition.summaries = condition.summaries.filter { served.contains($0.key) }
    applied = failures.isEmpty ? current.commit.id : nil
    return failures
  }

  /// - Parameters:
  ///   - suspects: the objects that may have been changed outside wpex; nil if there are none.
  ///   - failures: what failed so far, to which the region's failures are added.
  private func reconcile(
    _ region: String, _ current: InForce, _ compilation: Compilation, on today: CivilDate, lookingForDrift: Bool,
    suspects: Set<ObjectID>?, _ failures: inout [String]
  ) async throws {
    pulse.begin("applying region \(region)", within: options.passTimeout)
    let reconciler = reconciler(of: region)
    if let platform = compilation.platform.platform, platform.spec.region(region) != nil {
      try await reconciler.claim(
        RegionClaim(region, of: platform.name, platform.spec, served: own(compilation)))
    }
    let summary = try await reconciler.reconcile(
      current.commit, compilation, on: today, signer: current.signer,
      health: { generation in await self.startHealthWait(generation, current.commit, reconciler) })
    condition.summaries[region] = summary
    if summary.isEmptied, compilation.platform.platform?.spec.region(region) == nil {
      try await reconciler.release()
      try await acceptance.forget(region)
      condition.summaries[region] = nil
      watches.removeValue(forKey: region)?.cancel()
      return
    }
    if summary.failed > 0 { failures.append("\(region): \(Self.count(summary.failed, "object")) failed") }
    for (org, reason) in summary.failures.sorted(by: { $0.key < $1.key }) {
      failures.append("\(region): \(org): \(reason)")
    }
    if lookingForDrift || suspects != nil {
      let report = try await reconciler.correctDrift(current.commit, among: lookingForDrift ? nil : suspects)
      for correction in report.corrections { condition.drifted[correction.org, default: 0] += 1 }
      if lookingForDrift { await reconciler.askInstancesAgain() }
      failures += report.failures.map { "\(region): \($0.id) cannot be put right: \($0.reason)" }
    }
    startWatch(region, reconciler)
  }

  /// The reconciler of a region, made when it is first needed.
  func reconciler(of region: String) -> Reconciler {
    if let known = reconcilers[region] { return known }
    let made = makeReconciler(region)
    reconcilers[region] = made
    return made
  }

  /// The declared regions that are in this service's target and that it serves.
  func own(_ compilation: Compilation) -> [String] {
    guard let spec = compilation.platform.platform?.spec else { return [] }
    return inCluster(spec).filter { regions?.contains($0) ?? true }
  }

  /// The regions to reconcile: those that are declared, and those that left the declaration and still have objects, which
  /// are planned, held and pruned like everything else.
  private func served(by compilation: Compilation) async throws -> [String] {
    let declared = compilation.platform.platform?.spec.regions.map(\.name) ?? []
    let left = try await acceptance.current()?.regions.filter { !declared.contains($0) } ?? []
    guard let regions else { return own(compilation) + left }
    let unknown = regions.subtracting(declared).subtracting(left)
    guard unknown.isEmpty else {
      throw Refused(
        description:
          "the platform declares no region `\(unknown.sorted().joined(separator: "`, `"))`; there are \(declared.joined(separator: ", "))"
      )
    }
    return own(compilation) + left.filter(regions.contains)
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  // MARK: - Tasks beside the passes

  private func startWatch(_ region: String, _ reconciler: Reconciler) {
    guard isRunning, watches[region] == nil, options.isWatching else { return }
    watches[region] = Task { await reconciler.watch { id in await self.suspect(id, in: region) } }
  }

  private func suspect(_ id: ObjectID, in region: String) {
    suspects[region, default: []].insert(id)
    wake()
  }

  /// Starts step 8, which never delays the next commit: the wait of that commit replaces this one.
  private func startHealthWait(_ generation: Int?, _ commit: CommitInfo, _ reconciler: Reconciler) {
    guard isRunning, let generation else { return }
    healthWaits[reconciler.region]?.cancel()
    let timeout = options.healthTimeout
    healthWaits[reconciler.region] = Task { try? await reconciler.awaitHealth(generation, commit, for: timeout) }
  }
}
