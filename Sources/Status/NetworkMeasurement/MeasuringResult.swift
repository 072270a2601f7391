import AuditLog
import FleetMonitoring
package import RelayWire
import TextFormats

/// Result of a measurement, for the audit log, people and programs.
package struct MeasuringResult: Sendable {
  /// Outcome in the audit record.
  let outcome: DiagnosticRun.Outcome
  /// The result in one line.
  let summary: String
  /// Reason why the relay could not send; nil if it could.
  let failure: String?
  /// The result for people, in lines.
  let text: String
  /// Members of the JSON result.
  let members: JSON.Members

  /// - Parameter found: Result of one request.
  package init(ping found: RelayStatistics.ProbeResult) {
    self.init(found, summary: found.summary) {
      found.milliseconds.enumerated().map { "\($0 + 1)  \(Milliseconds.text($1))" } + [found.summary.visible]
    }
  }

  /// - Parameter found: Result of one request.
  package init(traceroute found: RelayStatistics.ProbeResult) {
    self.init(found, summary: found.summary) {
      var table = TextTable(["HOP", "ADDRESS", "TIMES"])
      for hop in found.hops {
        table.add([
          "\(hop.number)", hop.address ?? "*", hop.milliseconds.map { Milliseconds.text($0) }.joined(separator: "  "),
        ])
      }
      return found.hops.isEmpty ? [found.summary.visible] : [table.text, found.summary.visible]
    }
  }

  /// - Parameter rounds: results of consecutive requests, in order.
  package init(bench rounds: [RelayStatistics.ProbeResult]) {
    var found = RelayStatistics.ProbeResult(name: "")
    found.kind = "ping"
    found.address = rounds.last?.address
    found.sent = rounds.reduce(0) { $0 + ($1.sent ?? 0) }
    found.milliseconds = rounds.flatMap(\.milliseconds)
    found.received = found.milliseconds.count
    found.reached = !found.milliseconds.isEmpty
    found.failure = rounds.last?.failure
    let pings = PingSummary(sent: found.sent ?? 0, milliseconds: found.milliseconds)
    let summary = found.failure ?? pings.text
    self.init(found, summary: summary) {
      var table = TextTable(["", ""])
      for (name, value) in Self.figures(pings) { table.add([name, value]) }
      return [table.text.split(separator: "\n").joined(separator: "\n"), summary.visible]
    }
  }

  private init(_ found: RelayStatistics.ProbeResult, summary: String, lines: () -> [String]) {
    let isReached = found.reached == true
    outcome = isReached ? .reached : found.failure == nil ? .unanswered : .failed
    self.summary = summary
    failure = found.failure
    text = (["to \((found.address ?? found.target ?? "?").visible)"] + lines()).joined(separator: "\n")
    members = Self.members(found)
  }

  private static func figures(_ pings: PingSummary) -> [(String, String)] {
    guard let times = pings.times else { return [] }
    let rows: [(String, Double?)] = [
      ("minimum", times.minimum), ("mean", times.mean), ("median", times.median), ("95 %", times.percentile95),
      ("99 %", times.percentile99), ("maximum", times.maximum), ("jitter", times.jitter),
    ]
    return rows.compactMap { name, value in value.map { (name, Milliseconds.text($0)) } }
  }

  private static func members(_ found: RelayStatistics.ProbeResult) -> JSON.Members {
    var members: JSON.Members = [:]
    if let address = found.address { members["address"] = .string(address) }
    if let failure = found.failure { members["failure"] = .string(failure) }
    if found.kind == "traceroute" {
      members["hops"] = .array(
        found.hops.map { hop in
          [
            "hop": .integer(hop.number), "address": hop.address.map { .string($0) } ?? .null,
            "milliseconds": .array(hop.milliseconds.map { number($0) }), "reached": .bool(hop.reached),
          ]
        })
      return members
    }
    let pings = PingSummary(sent: found.sent ?? 0, milliseconds: found.milliseconds)
    members["sent"] = .integer(pings.sent)
    members["received"] = .integer(pings.received)
    members["lossPercent"] = number(pings.lossPercent)
    members["milliseconds"] = .array(found.milliseconds.map { number($0) })
    if let times = pings.times {
      var all: JSON.Members = [
        "minimum": number(times.minimum), "mean": number(times.mean), "median": number(times.median),
        "percentile95": number(times.percentile95), "percentile99": number(times.percentile99),
        "maximum": number(times.maximum),
      ]
      if let jitter = times.jitter { all["jitter"] = number(jitter) }
      members["times"] = .object(all)
    }
    return members
  }

  private static func number(_ value: Double) -> JSON { .number((value * 1_000).rounded() / 1_000) }
}
