import ConfigCompiler
import ConfigModel
import KubernetesModel
import TextFormats
import DeploymentPlanning

/// A comparison of each relay's endpoint, pods and sessions.
struct RelayComparison {
  private struct ID: Hashable, Comparable {
    let org: String
    let relay: String

    static func < (left: ID, right: ID) -> Bool { (left.org, left.relay) < (right.org, right.relay) }
  }

  private let comparison: OrganizationComparison
  private let objects: ObjectComparison

  init(_ comparison: OrganizationComparison, _ objects: ObjectComparison) {
    self.comparison = comparison
    self.objects = objects
  }

  // MARK: - Endpoints

  var endpoints: [EndpointChange] {
    var changes: [EndpointChange] = []
    for pair in comparison.changed where !comparison.isUnknown(pair.name) {
      let before = AccessComparison.relays(of: pair.base, on: comparison.base.now.day)
      let after = AccessComparison.relays(of: pair.head, on: comparison.head.now.day)
      let old = Dictionary((pair.base?.relays ?? []).map { ($0.name, $0) }) { first, _ in first }
      for relay in pair.head?.relays ?? [] {
        guard let earlier = old[relay.name], let from = endpoint(earlier, comparison.base),
          let to = endpoint(relay, comparison.head), from != to
        else { continue }
        let peers = Set(before[relay.name, default: [:]].keys).intersection(after[relay.name, default: [:]].keys)
        changes.append(
          EndpointChange(org: pair.name, relay: relay.name, old: from, new: to, peers: peers.sorted()))
      }
    }
    return changes
  }

  private func endpoint(_ relay: Declared<RelaySpec>, _ compilation: Compilation) -> String? {
    guard let region = compilation.platform.platform?.spec.region(relay.spec.region) else { return nil }
    let host = region.publicHost.contains(":") ? "[\(region.publicHost)]" : region.publicHost
    return "\(host):\(relay.spec.port)"
  }

  // MARK: - Pods and sessions

  /// Returns the affected relays.
  ///
  /// - Parameter documents: changed documents; a relay whose own document changed is included even if it is not
  ///   affected.
  func changes(_ documents: [DeclaredChange]) -> [RelayChange] {
    var steps: [ID: [(region: String, step: SyncPlan.Step, isHeld: Bool)]] = [:]
    for region in objects.regions {
      for (taken, isHeld) in [(region.plan.steps, false), (region.plan.heldSteps, true)] {
        for step in taken {
          guard let relay = step.relay else { continue }
          steps[ID(org: step.org, relay: relay), default: []].append((region.region, step, isHeld))
        }
      }
    }
    var changes: [ID: RelayChange] = [:]
    for (id, taken) in steps {
      let effect = effect(taken.map(\.step))
      let gone = taken.filter { $0.step.action == .delete && $0.step.id.kind == Deployment.kind }
      let region = (taken.first { $0.step.action != .delete } ?? taken.first)?.region ?? ""
      changes[id] = RelayChange(
        org: id.org, relay: id.relay, region: effect == .removed ? gone.first?.region ?? region : region,
        effect: effect,
        isHeld: taken.contains(where: \.isHeld))
    }
    for document in documents where document.kind == .relay {
      let id = ID(org: document.org ?? "", relay: document.name)
      guard changes[id] == nil, let relay = relay(id, in: comparison.head) ?? relay(id, in: comparison.base) else {
        continue
      }
      changes[id] = RelayChange(
        org: id.org, relay: id.relay, region: relay.spec.region, effect: .unaffected, isHeld: false)
    }
    return changes.sorted { $0.key < $1.key }.map(\.value)
  }

  private func relay(_ id: ID, in compilation: Compilation) -> Declared<RelaySpec>? {
    compilation.unit(named: id.org)?.relays.first { $0.name == id.relay }
  }

  private func effect(_ steps: [SyncPlan.Step]) -> RelayChange.Effect {
    let deployments = steps.filter { $0.id.kind == Deployment.kind }
    let isCreated = deployments.contains { $0.action == .create }
    // A different namespace in the same region counts as a move too.
    if deployments.contains(where: { $0.action == .delete }) { return isCreated ? .moves : .removed }
    if let deployment = deployments.first, let now = deployment.object?.manifest.body {
      let before = objects.deployments[deployment.id]?.manifest.body
      let (old, new) = (replicas(before), replicas(now))
      if old == 0 { return new == 0 ? .unaffected : .starts }
      if new == 0 { return .stops }
      if before?["spec"]?["template"] != now["spec"]?["template"] { return .restarts }
      if old != new { return .rescales }
    }
    return steps.contains { $0.id.kind == Secret.kind && $0.before != $0.after } ? .reloads : .unaffected
  }

  private func replicas(_ deployment: JSON?) -> Int { deployment?["spec"]?["replicas"]?.int ?? 0 }
}
