package import AuditLog
import ConfigModel
package import FleetMonitoring

/// A diagnostic run from a relay, as recorded in the audit log.
package struct Measurement: Sendable, Equatable {
  /// Id shared by the records of one run.
  package let id: String
  /// Relay that ran it.
  package let relay: RelayID
  /// What was run, and its result.
  package let run: DiagnosticRun
  /// User who requested it.
  package let actor: String
  /// Time of the record, in seconds since 1970.
  package let time: Double

  /// Parses an audit record.
  ///
  /// - Returns: Nil if the record is not about a diagnostic run from a relay.
  package init?(_ record: AuditRecord) {
    guard let entry = record.entry, entry.action == .diagnosticsRun, entry.kind == "Relay", let org = entry.org,
      let name = entry.name, let run = entry.detail.flatMap(DiagnosticRun.init),
      let id = DiagnosticRun.id(ofKey: record.key)
    else { return nil }
    self.id = id
    relay = RelayID(org: org, name: name)
    self.run = run
    actor = entry.actor.shown
    time = Double(entry.time) / 1_000
  }
}

/// The newest measurements, bounded per relay and in total.
///
/// If there are too many, those of the organization that has the most are dropped first.
package struct Measurements: Sendable, Equatable {
  /// Most measurements kept per relay.
  static let maxOfRelay = 10
  /// Most measurements kept in total.
  static let maxCount = 2_000

  /// Measurements by relay, newest first.
  private var byRelay: [RelayID: [Measurement]] = [:]
  /// Relays by the time of their last measurement, the oldest first.
  private var order: [RelayID] = []
  /// Number of measurements by organization.
  private var counts: [String: Int] = [:]

  /// Creates an empty collection.
  package init() {}

  /// Adds a measurement that is newer than all others. The result of a run replaces the record of its start.
  package mutating func add(_ measurement: Measurement) {
    let before = byRelay[measurement.relay] ?? []
    var list = before
    list.removeAll { $0.id == measurement.id }
    list.insert(measurement, at: 0)
    if list.count > Self.maxOfRelay { list.removeLast() }
    counts[measurement.relay.org, default: 0] += list.count - before.count
    byRelay[measurement.relay] = list
    order.removeAll { $0 == measurement.relay }
    order.append(measurement.relay)
    while counts.values.reduce(0, +) > Self.maxCount,
      let heaviest = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key,
      let place = order.firstIndex(where: { $0.org == heaviest })
    {
      let gone = byRelay.removeValue(forKey: order.remove(at: place))?.count ?? 0
      let rest = counts[heaviest, default: 0] - gone
      counts[heaviest] = rest > 0 ? rest : nil
    }
  }

  /// Measurements of a relay, newest first.
  package subscript(relay: RelayID) -> [Measurement] { byRelay[relay] ?? [] }
}
