import ConfigModel
import RelayWire
import TextFormats

extension FleetMetrics {
  /// Returns the fleet's metrics in the Prometheus text format.
  ///
  /// - Parameters:
  ///   - fleet: the fleet to describe.
  ///   - orgs: organizations to include; nil for all of them and the platform's own metrics.
  package static func text(_ fleet: Fleet, orgs: Set<String>? = nil) -> String {
    var writer = MetricsWriter()
    let records = fleet.allRecords.filter { orgs?.contains($0.expectation.relay.org) ?? true }
      .sorted { $0.expectation.relay < $1.expectation.relay }
    func write(_ metric: MetricDescription, _ value: (RelayRecord) -> Double?) {
      writer.write(metric, records.compactMap { record in value(record).map { (labels(record), $0) } })
    }
    write(relayUp) { record in
      guard record.expectation.isRunning, let seen = record.observation, seen.phase != .unknown else {
        return nil
      }
      return seen.isUp ? 1 : 0
    }
    write(relayHealth) { $0.expectation.isRunning ? $0.health.score.map(Double.init) : nil }
    write(relayRestarts) { $0.observation.map { Double($0.restarts) } }
    write(relaySessions) { $0.answers ? Double($0.sessions) : nil }
    write(connectedKeys) { $0.answers ? Double($0.connectedKeys) : nil }
    write(expectedKeys) { $0.expectation.isRunning ? Double($0.expectation.keys.count) : nil }
    func members(_ record: RelayRecord) -> RelayMembers? {
      record.expectation.isRunning && record.answers ? record.members : nil
    }
    write(readyMembers) { members($0).map { Double($0.ready) } }
    write(expectedMembers) { members($0).map { Double($0.expected) } }
    write(membersAgree) { members($0)?.agrees.map { $0 ? 1 : 0 } }
    write(relayInForce) { record in
      switch record.enforcement?.state {
      case .inForce: 1
      case .notInForce: 0
      case .pending, .idle, nil: nil
      }
    }
    writer.write(
      windowHandshakes,
      records.flatMap { record -> [([String], Double)] in
        guard record.answers, let count = record.handshakes else { return [] }
        return [
          (labels(record) + ["attempted"], Double(count.attempts)),
          (labels(record) + ["completed"], Double(count.completed)),
        ]
      })
    write(receivedBytesRate) { $0.answers ? ($0.throughput.received / 8).rounded() : nil }
    write(forwardedBytesRate) { $0.answers ? ($0.throughput.forwarded / 8).rounded() : nil }
    write(bandwidthLimit) { $0.expectation.bandwidthMbps.map { Double($0) * 125_000 } }
    write(portReachable) { record in
      switch record.observation?.port {
      case .silent: 1
      case .unreachable: 0
      case .unknown, nil: nil
      }
    }
    write(lastAnswer) { $0.answeredAt?.rounded(.down) }
    writeOrganizations(fleet, orgs, to: &writer)
    if orgs == nil { writePlatform(fleet, to: &writer) }
    return writer.text
  }

  private static func labels(_ record: RelayRecord) -> [String] {
    [record.expectation.relay.org, record.expectation.relay.name, record.expectation.regions.first ?? ""]
  }

  private static func writeOrganizations(_ fleet: Fleet, _ orgs: Set<String>?, to writer: inout MetricsWriter) {
    let names = fleet.organizationNames.filter { orgs?.contains($0) ?? true }
    let sla = names.compactMap { name in fleet.kpi(of: name).map { (name, $0.sla) } }
    writer.write(attainment, sla.compactMap { name, sla in sla.percent.map { ([name], $0) } })
    writer.write(target, sla.compactMap { name, sla in sla.target.map { ([name], $0) } })
    writer.write(errors, names.map { ([$0], Double(fleet.sync.errors[$0] ?? 0)) })
    writer.write(drifted, names.map { ([$0], Double(fleet.sync.drifted[$0] ?? 0)) })
    writer.write(
      keyExpiry,
      names.flatMap { name in
        (fleet.expectation(of: name)?.keys ?? []).compactMap { key in
          // The last day counts in full: the key expires at the end of it.
          key.expires.map { ([name, key.name], Double($0.advanced(byDays: 1).daysSinceEpoch) * 86_400) }
        }
      })
    var counts: [[String]: Double] = [:]
    for alert in fleet.alerts() where orgs == nil || alert.org.map({ orgs?.contains($0) ?? true }) ?? false {
      counts[[alert.org ?? "", alert.kind.rawValue, alert.severity.rawValue], default: 0] += 1
    }
    writer.write(
      alerts, counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) })
  }

  private static func writePlatform(_ fleet: Fleet, to writer: inout MetricsWriter) {
    writer.write(syncFailing, fleet.sync.failure == nil ? 0 : 1)
    writer.write(syncHeld, fleet.sync.held.sorted { $0.key < $1.key }.map { ([$0.key], Double($0.value)) })
    writer.write(
      sourceReadable,
      fleet.sources.values.sorted { $0.name < $1.name }.map { ([$0.name], $0.problem == nil ? 1 : 0) })
  }
}
