import DeploymentPlanning
import RelayWire
package import SyncEngine
import TextFormats

extension LocalTarget {
  /// Restarts after which a process that does not become ready counts as failed.
  private static let maxRestarts = 2

  package func health(of region: String) async throws(TargetError) -> [RelayCondition] {
    var conditions: [RelayCondition] = []
    for object in (objects[region] ?? [:]).values where object.live.id.kind == "Deployment" {
      guard let relay = object.live.relay, let namespace = object.live.id.namespace else { continue }
      let (status, detail, ready) = await condition(
        of: object, processes["\(region)/\(namespace)/\(relay)"] ?? [])
      conditions.append(
        RelayCondition(
          org: object.live.org, relay: relay, status: status, detail: detail,
          endpoint: endpoint(of: object, in: region).map { .known($0) },
          members: RelayCondition.Members(ready: ready, declared: object.replicas)))
    }
    return conditions.sorted { ($0.org, $0.relay) < ($1.org, $1.relay) }
  }

  /// Where peers reach a relay of this machine; nil if it listens for others, who reach it as declared.
  func endpoint(of object: StoredObject, in region: String) -> String? {
    bind == .loopback ? HostPort.text(address(of: region), object.port) : nil
  }

  /// Returns the phase of a relay, the reason for it, and the number of processes that are ready.
  private func condition(
    of object: StoredObject, _ processes: [RelayProcess]
  ) async -> (RelayPhase, detail: String, ready: Int) {
    guard object.replicas > 0 else { return (.stopped, "stopped by configuration", 0) }
    guard !processes.isEmpty else {
      return (
        .inProgress,
        "waiting for its organization's identity: check `identity.sealedIdentity` and the platform's identity", 0
      )
    }
    var restarts = 0
    var ready: [String] = []
    var failed: [String] = []
    var starting: [String] = []
    var outdated: [String] = []
    for process in processes {
      let (address, own) = (await process.address, await process.restarts)
      restarts += own
      if await process.isReady() {
        ready.append(address)
        if let end = await process.outdated {
          outdated.append("runs as before, because its successor cannot start: \(end)")
        }
      } else if let end = await process.lastEnd, own > Self.maxRestarts {
        failed.append((processes.count > 1 ? "\(address): " : "") + "\(end); see \(await process.log)")
      } else {
        starting.append(processes.count > 1 ? "\(address) starts" : "starts")
      }
    }
    let status: RelayPhase = !failed.isEmpty ? .failed : starting.isEmpty ? .current : .inProgress
    var parts = failed + starting
    if processes.count > 1 {
      let places = ready.isEmpty ? "" : ", at \(ready.joined(separator: " and "))"
      parts.insert("\(ready.count) of \(processes.count) processes ready\(places)", at: 0)
    } else if status == .current {
      parts = ["running"]
    }
    if status == .current, restarts > 0 { parts[0] += ", after \(counted(restarts, "restart"))" }
    parts += outdated
    return (status, parts.joined(separator: "; "), ready.count)
  }
}
