package import AuditLog
import ConfigModel
package import FleetMonitoring

/// A measurement that somebody had a relay make, as the audit log tells of it.
package struct Measurement: Sendable, Equatable {
  /// Shared by the records of one run.
  package let id: String
  package let relay: RelayID
  package let run: DiagnosticRun
  /// Who asked for it.
  package let actor: String
  /// Seconds since 1970.
  package let time: Double

  /// - Returns: Nil for every record that tells of no measurement at a relay.
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

/// The newest measurements, of each relay and in all a bounded number. Where there are too many, those go of the
/// organization that has most.
package struct Measurements: Sendable, Equatable {
  /// Kept of one relay, and of all.
  static let mostOfRelay = 10
  static let most = 2_000

  /// Newest first.
  private var byRelay: [RelayID: [Measurement]] = [:]
  /// Relays by when they were measured from, the one that waits longest first.
  private var order: [RelayID] = []
  /// Of each organization.
  private var counts: [String: Int] = [:]

  package init() {}

  /// Takes one that is newer than all before; what a run came to stands for its beginning.
  package mutating func add(_ measurement: Measurement) {
    let before = byRelay[measurement.relay] ?? []
    var list = before
    list.removeAll { $0.id == measurement.id }
    list.insert(measurement, at: 0)
    if list.count > Self.mostOfRelay { list.removeLast() }
    counts[measurement.relay.org, default: 0] += list.count - before.count
    byRelay[measurement.relay] = list
    order.removeAll { $0 == measurement.relay }
    order.append(measurement.relay)
    while counts.values.reduce(0, +) > Self.most,
      let heaviest = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key,
      let place = order.firstIndex(where: { $0.org == heaviest })
    {
      let gone = byRelay.removeValue(forKey: order.remove(at: place))?.count ?? 0
      let rest = counts[heaviest, default: 0] - gone
      counts[heaviest] = rest > 0 ? rest : nil
    }
  }

  package subscript(relay: RelayID) -> [Measurement] { byRelay[relay] ?? [] }
}
