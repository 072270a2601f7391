import AuditLog
import FleetMonitoring
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
