import ConfigCompiler
import ConfigModel
import KubernetesModel
import DeploymentPlanning
import TextFormats

/// The daemon's plan for each region, from the daemon's own planner, assuming that it has applied the base.
struct ObjectComparison {
  let regions: [RegionPlan]
  /// Namespaces whose Pod Security level changes, by region and organization.
  let podSecurity: [PodSecurityChange]
  /// The base's Deployments in organizations that may differ, by region and id.
  private(set) var deployments: [String: [ObjectID: RenderedObject]] = [:]

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
    let platform = comparison.head.platform.platform?.spec ?? PlatformSpec()
    var regions: [RegionPlan] = []
    var podSecurity: [PodSecurityChange] = []
    for region in comparison.regions {
      var declared: [String: Planner.Declaration] = [:]
      var live: [LiveObject] = []
      var levels: [String: String] = [:]
      for pair in comparison.changed {
        if comparison.isUnknown(pair.name) || faults.contain(pair.name) {
          declared[pair.name] = .pinned
          continue
        }
        if let unit = pair.base, let objects = try base?.objects(of: unit, in: region) {
          live += objects.map { LiveObject($0) }
          for object in objects { levels[object.namespace] = levels[object.namespace] ?? object.podSecurity }
          for object in objects where object.manifest.kind == Deployment.kind {
            deployments[region, default: [:]][ObjectID(object.manifest)] = object
          }
        }
        let objects = try pair.head.map { try head.objects(of: $0, in: region) } ?? []
        if !objects.isEmpty { declared[pair.name] = .objects(objects) }
      }
      let plan = try Planner.plan(
        declared, live: live, in: region, policy: policy, untouched: untouched[region] ?? Planner.UnchangedCounts()
      ).renewing { held throws(Renderer.Failure) in
        try held.relay.flatMap { relay throws(Renderer.Failure) in
          try base?.bundle(ofRelay: relay, in: region, of: held.org, in: comparison.head.unit(named: held.org))
        }
      }
      regions.append(RegionPlan(region: region, plan: plan))
      for pair in comparison.changed {
        guard case .objects(let objects)? = declared[pair.name],
          let namespace = objects.first(where: { $0.podSecurity != nil }), let new = namespace.podSecurity
        else { continue }
        let old = levels[namespace.namespace]
        // A new namespace begins with the strictest level.
        guard new != old ?? "restricted" else { continue }
        let id = ObjectID(namespace.manifest)
        podSecurity.append(
          PodSecurityChange(
            region: region, org: pair.name, namespace: namespace.namespace, old: old, new: new,
            hostPorts: pair.head?.relays.filter {
              $0.spec.regions.contains(region) && platform.exposure(of: $0.spec, in: region) == .hostPort
            }.map(\.name) ?? [],
            isHeld: plan.heldSteps.contains { $0.id == id }))
      }
    }
    self.regions = regions
    self.podSecurity = podSecurity
  }

  /// Counts the unchanged organizations and relays, for the deletion guards.
  private static func untouched(_ units: [OrganizationUnit]) -> [String: Planner.UnchangedCounts] {
    var counts: [String: Planner.UnchangedCounts] = [:]
    for unit in units {
      for region in Set(unit.relays.flatMap(\.spec.regions)) {
        counts[region, default: Planner.UnchangedCounts()].organizations += 1
        counts[region, default: Planner.UnchangedCounts()].relays +=
          unit.relays.count { $0.spec.regions.contains(region) }
      }
    }
    return counts
  }
}

extension RenderedObject {
  /// The Pod Security level of a namespace; nil for any other object.
  fileprivate var podSecurity: String? {
    manifest.kind == Namespace.kind
      ? manifest.body["metadata"]?["labels"]?[ObjectMetadataKeys.podSecurity]?.text : nil
  }
}
