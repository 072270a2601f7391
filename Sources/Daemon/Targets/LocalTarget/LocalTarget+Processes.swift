import DeploymentPlanning
import FoundationEssentials
import KubernetesModel
import SyncEngine
import TextFormats

/// A relay of a `LocalTarget`.
package struct LocalRelay: Sendable {
  /// A process of a relay, running or not.
  package struct Process: Sendable {
    /// Address on which it listens.
    package let address: String
    /// Id of the running process; nil if none runs.
    package let processID: Int32?
    /// Last start, in seconds since 1970.
    package let startedAt: Double?
    /// Number of restarts.
    package let restarts: Int
    /// How it ended the last time.
    package let lastEnd: ProcessEnd?
    /// HTTP address.
    package let statisticsAddress: String?
    /// Path of the log.
    package let log: String
  }

  /// Organization of the relay.
  package let org: String
  /// Name of the relay.
  package let relay: String
  /// Whether it is declared to run.
  package let isWanted: Bool
  /// Processes that have been set up. Without one, the relay waits for its organization's identity.
  package let processes: [Process]
  /// Where peers reach its first process.
  package let endpoint: String?
}

extension LocalTarget {
  /// Returns all relays of this machine, by organization and name, without contacting any of them.
  package func relays() async -> [LocalRelay] {
    var relays: [LocalRelay] = []
    for region in regions {
      for object in (objects[region] ?? [:]).values where object.live.id.kind == "Deployment" {
        guard let relay = object.live.relay, let namespace = object.live.id.namespace else { continue }
        // One entry has the processes of all regions.
        let present = object.regions.filter { objects[$0]?[object.live.id] != nil }
        guard present.isEmpty || present.first == region else { continue }
        var states: [LocalRelay.Process] = []
        for region in present.isEmpty ? [region] : present {
          for process in processes["\(region)/\(namespace)/\(relay)"] ?? [] { states.append(await process.state) }
        }
        relays.append(
          LocalRelay(
            org: object.live.org, relay: relay, isWanted: object.replicas > 0, processes: states,
            endpoint: endpoint(of: object, in: region)))
      }
    }
    return relays.sorted { ($0.org, $0.relay) < ($1.org, $1.relay) }
  }

  /// Seconds that a process has to become ready before the next one of its relay is restarted.
  private static let restartPatience = 5.0

  /// Starts and ends processes until a relay has those that its Deployment wants. Processes of a cluster are restarted
  /// one after the other, so that one of them always has the sessions.
  ///
  /// - Throws: `TargetError` if the relay's processes cannot be a cluster.
  func runProcesses(of object: StoredObject, _ region: String) async throws(TargetError) {
    guard let relay = object.live.relay, let namespace = object.live.id.namespace else { return }
    let key = "\(region)/\(namespace)/\(relay)"
    guard object.replicas > 0 else { return await end(region, namespace, relay) }
    guard let identity = identities["\(region)/\(namespace)"] else { return }
    completeFiles(of: DeployedRelay(org: object.live.org, name: relay, namespace: namespace), region)
    let launches = try launches(of: object, relayFolder(region, namespace, relay), region)
    while let surplus = processes[key]?.last, processes[key]?.count ?? 0 > launches.count {
      processes[key]?.removeLast()
      await surplus.stop()
      await surplus.removeState()
    }
    if processes[key] == nil {
      // An earlier run may have left more processes than are wanted now.
      let left = Self.left(in: relayFolder(region, namespace, relay), except: Set(launches.map(\.handover)))
      for process in left { await process.endInOrder() }
    }
    for (number, launch) in launches.enumerated() {
      let known = processes[key] ?? []
      let process =
        number < known.count ? known[number] : RelayProcess(program: program, launch: launch, outlives: keepsRelays)
      if number >= known.count { processes[key, default: []].append(process) }
      let hasRestarted = await process.run(launch, identity: identity)
      guard hasRestarted, number + 1 < launches.count else { continue }
      let deadline = ContinuousClock.now + .seconds(Self.restartPatience)
      while ContinuousClock.now < deadline, !(await process.isReady()) {
        try? await Task.sleep(for: .milliseconds(50))
      }
    }
  }

  private func launches(of object: StoredObject, _ folder: String, _ region: String) throws(TargetError)
    -> [RelayLaunch]
  {
    let addresses = (0..<object.replicas).map { address(of: region, number: $0) }
    let others = object.regions.filter { $0 != region }.map { address(of: $0) }
    guard bind == .loopback || addresses.count == 1 && others.isEmpty else {
      throw TargetError(
        .refused,
        "relay `\(object.live.relay ?? "")` has several processes, and this machine's addresses are for one: set `replicas: 1` and "
          + "one region, or leave out `--bind` (`target.bind`), so that relays listen on loopback")
    }
    var port = object.clusterPort
    if port != nil {
      guard ClusterFolder.hasKey(folder) else {
        throw TargetError(.refused, "`\(folder)` has no key that it shares with the relay's other regions")
      }
    } else if addresses.count > 1 {
      do {
        port = try ClusterFolder.prepare(
          folder, addresses: addresses, except: object.port,
          isRunning: processes.values.joined().contains { $0.folder == folder } || !Self.left(in: folder).isEmpty)
      } catch {
        throw TargetError(.refused, "the processes of `\(folder)` cannot form a cluster: \(error)")
      }
    }
    let identity = RelayLaunch.identity(ofProgram: program)
    return addresses.enumerated().map { number, address in
      RelayLaunch(
        number: number, address: address, bind: bind, port: object.port, folder: folder,
        restartedAt: object.restartedAt, verifierKeys: object.verifierKeys,
        membership: port.map { port in
          RelayLaunch.Membership(port: port, others: addresses.filter { $0 != address } + others)
        }, program: identity,
        record:
          "\(self.folder)/\(Self.records)/\(region).\(object.live.id.namespace ?? "").\(object.live.relay ?? "").\(number)"
      )
    }
  }

  /// Ends processes at the same time.
  static func stop(_ processes: [RelayProcess]) async {
    await withTaskGroup(of: Void.self) { group in
      for process in processes { group.addTask { await process.stop() } }
    }
  }
}
