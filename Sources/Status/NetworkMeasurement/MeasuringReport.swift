import AuditLog
import FleetCollectors
import FleetMonitoring
import RelayWire
package import TextFormats

/// Finished measurement, which is in the audit log already.
package struct MeasuringReport: Sendable {
  /// Identifies the run, in the audit log too.
  let id: String
  let kind: DiagnosticRun.Kind
  let relay: RelayID
  let target: String
  /// Caller, as recorded.
  let caller: String
  let result: MeasuringResult

  /// Whether the relay could send; if not, there is nothing to show to people.
  package var hasResult: Bool { result.outcome != .failed }

  /// The result for people, in lines.
  package var text: String { result.text }

  /// The result for programs.
  package var json: JSON {
    var members: JSON.Members = [
      "id": .string(id), "kind": .string(kind.rawValue), "relay": .string(relay.description),
      "target": .string(target), "by": .string(caller), "outcome": .string(result.outcome.rawValue),
      "reached": .bool(result.outcome == .reached), "summary": .string(result.summary),
    ]
    for pair in result.members.pairs { members[pair.name] = pair.value }
    return .object(members)
  }

  /// Checks that the target answered.
  ///
  /// - Throws: `NetworkMeasurementError` if it did not, or if the relay could not send.
  package func requireAnswer() throws(NetworkMeasurementError) {
    if let failure = result.failure, result.outcome == .failed {
      throw NetworkMeasurementError(.failed, "relay `\(relay)` could not measure: \(failure)")
    }
    guard result.outcome == .reached else {
      throw NetworkMeasurementError(.refused, "`\(target)` does not answer")
    }
  }
}

extension MeasuringReport {
  /// Parses a server's answer, which is not trusted.
  ///
  /// - Returns: Nil if it has another form.
  init?(_ json: JSON, of order: MeasuringOrder, from relay: RelayID, _ words: UntrustedText) {
    guard let id = json["id"]?.text, let caller = json["by"]?.text, json["kind"]?.text == order.kind.rawValue,
      case .bool(let isReached)? = json["reached"]
    else { return nil }
    var found = RelayStatistics.ProbeResult(name: "")
    found.kind = order.kind == .traceroute ? RelayStatistics.ProbeResult.traceroute : "ping"
    found.address = json["address"]?.text.map(words.line)
    found.failure = json["failure"]?.text.map(words.line)
    found.reached = isReached
    found.sent = json["sent"]?.int
    found.received = json["received"]?.int
    found.milliseconds = Self.numbers(json["milliseconds"])
    found.hops = (json["hops"]?.elements ?? []).enumerated().map { index, hop in
      RelayStatistics.Hop(
        number: hop["hop"]?.int ?? index + 1, address: hop["address"]?.text.map(words.line),
        milliseconds: Self.numbers(hop["milliseconds"]), reached: hop["reached"] == .bool(true))
    }
    let result: MeasuringResult =
      switch order.kind {
      case .ping: MeasuringResult(ping: found)
      case .traceroute: MeasuringResult(traceroute: found)
      case .bench: MeasuringResult(bench: [found])
      }
    self.init(
      id: words.line(id), kind: order.kind, relay: relay, target: order.target, caller: words.line(caller),
      result: result)
  }

  private static func numbers(_ json: JSON?) -> [Double] {
    (json?.elements ?? []).compactMap { element in
      switch element {
      case .integer(let number): Double(number)
      case .number(let number): number
      default: nil
      }
    }
  }
}
