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
    /// The region, if the relay has several before or after; otherwise empty.
    let region: String

    static func < (left: ID, right: ID) -> Bool {
      (left.org, left.relay, left.region) < (right.org, right.relay, right.region)
    }
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
        guard let earlier = old[relay.name] else { continue }
        let (left, now) = (
          endpoints(of: earlier, in: pair.name, comparison.base), endpoints(of: relay, in: pair.name, comparison.head)
        )
        guard let first = now.first else { continue }
        let peers = Set(before[relay.name, default: [:]].keys).intersection(after[relay.name, default: [:]].keys)
        // An endpoint that stays serves the peers that have it, whatever is added beside it.
        for from in left where !now.contains(where: { $0.place == from.place }) {
          let to = now.first { $0.region == from.region } ?? first
          changes.append(
            EndpointChange(
              org: pair.name, relay: relay.name, old: from.endpoint.text ?? "load balancer:\(from.endpoint.port)",
              new: to.endpoint.text ?? "pending", peers: peers.sorted()))
        }
      }
    }
    return changes
  }

  private func endpoints(
    of relay: Declared<RelaySpec>, in org: String, _ compilation: Compilation
  ) -> [(region: String, endpoint: DeclaredEndpoint, place: String)] {
    guard let platform = compilation.platform.platform?.spec else { return [] }
    return relay.spec.regions.compactMap { region in
      guard let endpoint = platform.endpoint(of: relay.name, relay.spec, org: org, in: region) else { return nil }
      // Only the cluster knows the address of a load balancer. Another class is another load balancer.
      let balancer =
        "\(region) \(platform.service(of: relay.spec, in: region).loadBalancerClass ?? "") \(endpoint.port)"
      return (region, endpoint, endpoint.text ?? balancer)
    }
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
          steps[id(step.org, relay, in: region.region), default: []].append((region.region, step, isHeld))
        }
      }
    }
    var changes: [ID: RelayChange] = [:]
    for (id, taken) in steps {
      let effect = regionalEffect(effect(taken.map { ($0.region, $0.step) }), id)
      let gone = taken.filter { $0.step.action == .delete && $0.step.id.kind == Deployment.kind }
      let region = (taken.first { $0.step.action != .delete } ?? taken.first)?.region ?? ""
      changes[id] = RelayChange(
        org: id.org, relay: id.relay, region: effect == .removed ? gone.first?.region ?? region : region,
        effect: effect,
        isHeld: taken.contains(where: \.isHeld))
    }
    for document in documents where document.kind == .relay {
      let org = document.org ?? ""
      guard
        let relay = relay(org, document.name, in: comparison.head) ?? relay(org, document.name, in: comparison.base)
      else { continue }
      for region in relay.spec.regions {
        let id = id(org, relay.name, in: region)
        guard changes[id] == nil else { continue }
        changes[id] = RelayChange(
          org: id.org, relay: id.relay, region: region, effect: .unaffected, isHeld: false)
      }
    }
    return changes.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Returns the identity of a change: a relay that has several regions before or after changes in each of them.
  private func id(_ org: String, _ relay: String, in region: String) -> ID {
    let isRegional = [comparison.base, comparison.head].contains { side in
      self.relay(org, relay, in: side)?.spec.isRegional ?? false
    }
    return ID(org: org, relay: relay, region: isRegional ? region : "")
  }

  private func relay(_ org: String, _ name: String, in compilation: Compilation) -> Declared<RelaySpec>? {
    compilation.unit(named: org)?.relays.first { $0.name == name }
  }

  private func effect(_ taken: [(region: String, step: SyncPlan.Step)]) -> RelayChange.Effect {
    let deployments = taken.map(\.step).filter { $0.id.kind == Deployment.kind }
    let isCreated = deployments.contains { $0.action == .create }
    // A different namespace in the same region counts as a move too.
    if deployments.contains(where: { $0.action == .delete }) { return isCreated ? .moves : .removed }
    if let (region, deployment) = taken.first(where: { $0.step.id.kind == Deployment.kind }),
      let now = deployment.object?.manifest.body
    {
      let before = objects.deployments[region]?[deployment.id]?.manifest.body
      let (old, new) = (replicas(before), replicas(now))
      if old == 0 { return new == 0 ? .unaffected : .starts }
      if new == 0 { return .stops }
      if before?["spec"]?["template"] != now["spec"]?["template"] { return .restarts }
      if old != new { return .rescales }
    }
    return taken.contains { $0.step.id.kind == Secret.kind && $0.step.before != $0.step.after } ? .reloads : .unaffected
  }

  /// Returns the effect in a region of a relay that stays in others.
  private func regionalEffect(_ effect: RelayChange.Effect, _ id: ID) -> RelayChange.Effect {
    guard !id.region.isEmpty, let before = relay(id.org, id.relay, in: comparison.base)?.spec,
      let after = relay(id.org, id.relay, in: comparison.head)?.spec,
      before.regions.contains(where: after.regions.contains), before.state == .running, after.state == .running
    else { return effect }
    if effect == .starts, !before.regions.contains(id.region) { return .joins }
    if effect == .removed, !after.regions.contains(id.region) { return .leaves }
    return effect
  }

  private func replicas(_ deployment: JSON?) -> Int { deployment?["spec"]?["replicas"]?.int ?? 0 }
}
