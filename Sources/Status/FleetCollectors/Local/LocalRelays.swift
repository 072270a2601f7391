import FleetMonitoring
package import LocalTarget
import RelayWire
import TextFormats

/// Relays running as processes of this machine.
package actor LocalRelays: RelayRuntime {
  package nonisolated let name = "relays of this machine"
  package nonisolated let regions: Set<String>? = nil
  private let target: LocalTarget
  private let now: @Sendable () -> Double
  private var usages: [Int32: ProcessUsage] = [:]

  /// Restarts after which a dead process counts as failed.
  private static let maxRestarts = 2

  /// Creates the runtime of this machine.
  ///
  /// - Parameters:
  ///   - target: supervisor of the processes.
  ///   - now: returns the current time in seconds since 1970.
  package init(_ target: LocalTarget, now: @escaping @Sendable () -> Double) {
    self.target = target
    self.now = now
  }

  package func view() async -> RuntimeView {
    let relays = await target.relays()
    let time = now()
    var usages: [Int32: ProcessUsage] = [:]
    let placements = relays.map { relay in
      let id = RelayID(org: relay.org, name: relay.relay)
      let (phase, detail) = Self.judge(relay)
      let isSeveral = relay.processes.count > 1
      let instances = (relay.isWanted ? relay.processes : []).map { process in
        let usage = process.processID.flatMap { ProcessUsage(process: $0, at: time) }
        let processors = usage.flatMap { usage in
          self.usages[usage.process].flatMap { usage.processors(since: $0) }
        }
        if let usage { usages[usage.process] = usage }
        // Names of instances differ, also of those that have no number.
        let name = process.processID.map { "process \($0)" } ?? "no process\(isSeveral ? " at \(process.address)" : "")"
        let instance = RelayInstance(
          name, kind: .process(process.processID.map(Int.init)), startedAt: process.startedAt,
          restarts: process.restarts, isReady: process.processID != nil,
          detail: process.lastEnd.map(Self.words), processors: processors, memoryBytes: usage?.residentBytes)
        return RelayPlacement.Instance(
          instance, at: process.processID == nil ? nil : process.statisticsAddress.map { .http($0) })
      }
      return RelayPlacement(
        id, phase, detail: detail, endpoint: relay.endpoint.map { .known($0) }, instances: instances)
    }
    self.usages = usages
    return RuntimeView(placements)
  }

  private static func judge(_ relay: LocalRelay) -> (RelayPhase, StatusText) {
    guard relay.isWanted else { return (.stopped, [Statement(.stopped)]) }
    let count = relay.processes.count
    guard count > 0 else { return (.inProgress, [Statement(.identityMissing)]) }
    let dead = relay.processes.filter { $0.processID == nil }
    // Each process's own end is among the instances.
    let running: StatusText =
      count == 1
      ? [] : StatusText(.processesRunning, ["running": .integer(count - dead.count), "count": .integer(count)])
    if let worst = dead.max(by: { $0.restarts < $1.restarts }) {
      let end = running + (worst.lastEnd.map(words) ?? [Statement(.starting)])
      // The others serve all peers meanwhile.
      guard dead.count == count else { return (.current, end) }
      return (worst.restarts > maxRestarts ? .failed : .inProgress, end)
    }
    let restarts = relay.processes.reduce(0) { $0 + $1.restarts }
    return (.current, running + (restarts == 0 ? [] : StatusText(.restarted, ["count": .integer(restarts)])))
  }

  private static func words(_ end: ProcessEnd) -> StatusText {
    switch end {
    case .signal(let signal): StatusText(.lastExitSignal, ["signal": .integer(Int(signal))])
    case .status(let status, let words):
      StatusText(.lastExitStatus, ["status": .integer(Int(status))]) + StatusText(quoting: words ?? "")
    case .notStarted(let error): StatusText(.notStarted, ["error": .string(error)])
    case .unseen(let words): words.map { StatusText(quoting: $0) } ?? [Statement(.starting)]
    }
  }

  package func log(of placement: RelayPlacement) async throws -> [String] {
    let relay = placement.relay
    let processes = await target.relays().first { $0.org == relay.org && $0.relay == relay.name }?.processes ?? []
    // As in a cluster, that of the newest one.
    let newest = processes.max { ($0.startedAt ?? 0) < ($1.startedAt ?? 0) }
    return try newest.map { try LogTail.read($0.log) } ?? []
  }
}
