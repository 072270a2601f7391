import TextFormats
import SyncEngine
import DeploymentPlanning

/// A relay of a `LocalTarget`.
package struct LocalRelay: Sendable {
  /// Organization of the relay.
  package let org: String
  /// Name of the relay.
  package let relay: String
  /// Whether it is declared to run.
  package let isWanted: Bool
  /// Whether a process has been set up, running or not. Without one, the relay waits for its organization's identity.
  package let isSupervised: Bool
  /// Id of the running process; nil if none runs.
  package let processID: Int32?
  /// Last start, in seconds since 1970.
  package let startedAt: Double?
  /// Number of restarts.
  package let restarts: Int
  /// How it ended the last time.
  package let lastEnd: ProcessEnd?
  /// Where peers reach it.
  package let endpoint: String
  /// HTTP address.
  package let statisticsAddress: String?
  /// Path of the log.
  package let log: String
}

extension LocalTarget {
  /// Returns all relays of this machine, by organization and name, without contacting any of them.
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
