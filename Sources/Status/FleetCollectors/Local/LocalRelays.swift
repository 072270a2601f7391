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
      let usage = relay.processID.flatMap { ProcessUsage(process: $0, at: time) }
      let processors = usage.flatMap { usage in
        self.usages[usage.process].flatMap { usage.processors(since: $0) }
      }
      if let usage { usages[usage.process] = usage }
      let (phase, detail) = Self.judge(relay)
      guard relay.isWanted, relay.isSupervised else {
        return RelayPlacement(id, phase, detail: detail, endpoint: relay.endpoint)
      }
      let instance = RelayInstance(
        relay.processID.map { "process \($0)" } ?? "no process", startedAt: relay.startedAt, restarts: relay.restarts,
        isReady: relay.processID != nil, detail: relay.lastEnd.map(Self.words), processors: processors,
        memoryBytes: usage?.residentBytes)
      return RelayPlacement(
        id, phase, detail: detail, endpoint: relay.endpoint,
        instances: [
          RelayPlacement.Instance(
            instance, at: relay.processID == nil ? nil : relay.statisticsAddress.map { .http($0) })
        ])
    }
    self.usages = usages
    return RuntimeView(placements)
  }

  private static func judge(_ relay: LocalRelay) -> (RelayPhase, StatusText) {
    guard relay.isWanted else { return (.stopped, [Statement(.stopped)]) }
    guard relay.isSupervised else { return (.inProgress, [Statement(.identityMissing)]) }
    guard relay.processID != nil else {
      let end = relay.lastEnd.map(words) ?? [Statement(.starting)]
      return (relay.restarts > maxRestarts ? .failed : .inProgress, end)
    }
    return (.current, relay.restarts == 0 ? [] : StatusText(.restarted, ["count": .integer(relay.restarts)]))
  }

  private static func words(_ end: ProcessEnd) -> StatusText {
    switch end {
    case .signal(let signal): StatusText(.lastExitSignal, ["signal": .integer(Int(signal))])
    case .status(let status, let words):
      StatusText(.lastExitStatus, ["status": .integer(Int(status))]) + StatusText(quoting: words ?? "")
    case .notStarted(let error): StatusText(.notStarted, ["error": .string(error)])
    }
  }

  package func log(of placement: RelayPlacement) async throws -> [String] {
    let relay = placement.relay
    let path = await target.relays().first { $0.org == relay.org && $0.relay == relay.name }?.log
    return try path.map { try LogTail.read($0) } ?? []
  }
}
