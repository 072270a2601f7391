import TextFormats
import SyncEngine
import DeploymentPlanning

/// A relay of this machine, as its target knows it.
package struct LocalRelay: Sendable {
  package let org: String
  package let relay: String
  /// Whether it is declared to run.
  package let isWanted: Bool
  /// Whether it has a process by now, running or not; without one, it waits for its organization's identity.
  package let isSupervised: Bool
  /// The process that runs.
  package let processID: Int32?
  /// Seconds since 1970 when it was started last.
  package let startedAt: Double?
  package let restarts: Int
  /// How it ended the last time.
  package let lastEnd: String?
  /// Where peers reach it.
  package let endpoint: String
  /// Where it answers HTTP.
  package let statisticsAddress: String?
  package let log: String
}

extension LocalTarget {
  /// All relays of this machine, by organization and name. Asks no relay, and waits for none.
  package func relays() async -> [LocalRelay] {
    var relays: [LocalRelay] = []
    for (region, objects) in objects {
      let address = address(of: region)
      for object in objects.values where object.live.id.kind == "Deployment" {
        guard let relay = object.live.relay, let namespace = object.live.id.namespace else { continue }
        let process = processes["\(region)/\(namespace)/\(relay)"]
        let port = await process?.statisticsPort ?? 0
        relays.append(
          LocalRelay(
            org: object.live.org, relay: relay, isWanted: object.replicas > 0, isSupervised: process != nil,
            processID: await process?.processID, startedAt: await process?.startedAt,
            restarts: await process?.restarts ?? 0, lastEnd: await process?.lastEnd,
            endpoint: "\(address):\(object.port)", statisticsAddress: port == 0 ? nil : "\(address):\(port)",
            log: "\(relayFolder(region, namespace, relay))/relay.log"))
      }
    }
    return relays.sorted { ($0.org, $0.relay) < ($1.org, $1.relay) }
  }
}
