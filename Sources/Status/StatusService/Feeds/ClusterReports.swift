import ConfigModel
import FleetMonitoring
import KubernetesClient
import KubernetesTarget
import ProcessSupport
import StatusModel
import SyncDaemon
import SyncEngine

/// States that daemons store in their clusters.
///
/// Each cluster is read by itself: of one that does not answer, what was read last is shown, and the others wait for it once, a
/// second at most.
actor ClusterReports: SyncReports {
  typealias Place = RegionClusters.Place

  private let clients: ClusterClients
  private let namespace: String
  /// What was read last of each cluster, by region.
  private var states: [Place: [String: SyncState]] = [:]
  private var problems: [Place: String] = [:]
  private var underWay: [Place: Task<Void, Never>] = [:]

  /// Time that a report waits for clusters that answered the last time.
  private static let patience = Duration.seconds(1)

  init(_ clients: ClusterClients, namespace: String) {
    self.clients = clients
    self.namespace = namespace
  }

  func report(of regions: [Region]) async throws -> SyncReport? {
    var names: [Place: [String]] = [:]
    for region in regions {
      // Without a kubeconfig, all regions that have a state here are shown, whatever their cluster is called elsewhere.
      let place = clients.clusters.canBeSeveral ? try? clients.clusters.place(of: region) : .own
      if let place { names[place, default: []].append(region.name) }
    }
    // A region may have moved, and its earlier cluster may be gone.
    states = states.filter { names[$0.key] != nil }
    for (place, regions) in names { states[place] = states[place]?.filter { regions.contains($0.key) } }
    problems = problems.filter { names[$0.key] != nil }
    for (place, names) in names where underWay[place] == nil {
      underWay[place] = Task { await self.read(names, of: place) }
    }
    // A cluster that did not answer the last time is not waited for.
    for (place, task) in underWay where problems[place] == nil {
      guard await !BoundedWait.end(of: task, within: Self.patience) else { continue }
      problems[place] = problems[place] ?? "it does not answer"
    }
    if let problem = names.keys.sorted().lazy.compactMap({ self.problems[$0] }).first, states.isEmpty {
      throw KubernetesClientError(.unavailable, problem)
    }
    let all = states.values.reduce(into: [String: SyncState]()) { $0.merge($1) { first, _ in first } }
    return Self.report(regions.compactMap { region in all[region.name].map { (region.name, $0) } })
  }

  /// Clusters whose states cannot be read now, and why.
  var unread: [String: String] {
    Dictionary(problems.map { (clients.clusters.name(of: $0.key), $0.value) }) { first, _ in first }
  }

  private func read(_ regions: [String], of place: Place) async {
    defer { underWay[place] = nil }
    do {
      let store = ClusterStateStore(try clients.client(of: place), namespace: namespace)
      var read: [String: SyncState] = [:]
      for region in regions { read[region] = try await store.load(region) }
      states[place] = read
      problems[place] = nil
    } catch {
      problems[place] = "\(error)"
    }
  }

  private static func report(_ states: [(region: String, state: SyncState)]) -> SyncReport? {
    var report = SyncReport()
    for (region, state) in states {
      let held = state.held
      report.add(
        region: region, applied: state.applied, generation: state.generation,
        lastGood: state.lastGood.mapValues(\.commit),
        held: held.map { held in
          SyncReport.Hold(
            digest: held.digest, changes: held.changes,
            reasons: held.reasons.map {
              SyncReport.Reason(org: $0.org, text: $0.text, code: $0.code, parameters: $0.parameters)
            })
        })
      for org in state.lastGood.keys where state.failures[org] == nil && held?.changes[org] == nil { report.keep(org) }
      for (relay, inForce) in state.notInForce {
        let parts = relay.split(separator: "/").map(String.init)
        guard parts.count == 2 else { continue }
        report.inForce[RelayID(org: parts[0], name: parts[1])] = RelayEnforcement(inForce)
      }
      for (org, failure) in state.failures { report.keep(org, failure: failure) }
    }
    return report.regions.isEmpty ? nil : report
  }
}
