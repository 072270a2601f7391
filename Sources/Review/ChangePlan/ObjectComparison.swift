import ConfigCompiler
import ConfigModel
import KubernetesModel
import DeploymentPlanning

/// The daemon's plan for each region, from the daemon's own planner, assuming that it has applied the base.
struct ObjectComparison {
  let regions: [RegionPlan]
  /// The base's Deployments in organizations that may differ, by id.
  private(set) var deployments: [ObjectID: RenderedObject] = [:]

  /// Renders and compares the organizations that may differ.
  init(_ comparison: OrganizationComparison, _ options: Renderer.Options) throws {
    // The encrypted output is only compared and never leaves this process.
    var options = options
    options.allowsDemonstrationIdentities = true
    let head = try Renderer(comparison.head, options: options)
    let base = comparison.base.platform.platform == nil ? nil : try? Renderer(comparison.base, options: options)
    let policy = comparison.head.platform.platform?.spec.policy.maxDeletions ?? MaxDeletions()
    let untouched = Self.untouched(comparison.same)
    let faults = comparison.head.faults
    var regions: [RegionPlan] = []
    for region in comparison.regions {
      var declared: [String: Planner.Declaration] = [:]
      var live: [LiveObject] = []
      for pair in comparison.changed {
        if comparison.isUnknown(pair.name) || faults.contain(pair.name) {
          declared[pair.name] = .pinned
          continue
        }
        if let unit = pair.base, let objects = try base?.objects(of: unit, in: region) {
          live += objects.map { LiveObject($0) }
          for object in objects where object.manifest.kind == Deployment.kind {
            deployments[ObjectID(object.manifest)] = object
          }
        }
        let objects = try pair.head.map { try head.objects(of: $0, in: region) } ?? []
        if !objects.isEmpty { declared[pair.name] = .objects(objects) }
      }
      let plan = try Planner.plan(
        declared, live: live, in: region, policy: policy, untouched: untouched[region] ?? Planner.UnchangedCounts()
      ).renewing { held throws(Renderer.Failure) in
        try held.relay.flatMap { relay throws(Renderer.Failure) in
          try base?.bundle(ofRelay: relay, of: held.org, in: comparison.head.unit(named: held.org))
        }
      }
      regions.append(RegionPlan(region: region, plan: plan))
    }
    self.regions = regions
  }

  /// Counts the unchanged organizations and relays, for the deletion guards.
  private static func untouched(_ units: [OrganizationUnit]) -> [String: Planner.UnchangedCounts] {
    var counts: [String: Planner.UnchangedCounts] = [:]
    for unit in units {
      for (region, relays) in Dictionary(grouping: unit.relays, by: \.spec.region) {
        counts[region, default: Planner.UnchangedCounts()].organizations += 1
        counts[region, default: Planner.UnchangedCounts()].relays += relays.count
      }
    }
    return counts
  }
}
