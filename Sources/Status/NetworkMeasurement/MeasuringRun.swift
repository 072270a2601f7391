package import AuditLog
import ConfigCompiler
import ConfigModel
package import FleetCollectors
package import FleetMonitoring
import ProcessSupport

/// Workflow of a measurement: check the caller's rights in the applied commit, record the request, then call the relay.
package struct MeasuringRun: Sendable {
  let kind: DiagnosticRun.Kind
  let relay: RelayID
  let target: String
  let tokenFile: String?
  let measure: @Sendable (RelayDiagnostics) async throws(RelayDiagnosticError) -> MeasuringResult

  /// - Parameters:
  ///   - relay: The relay that measures.
  ///   - target: Host name or address, without spaces.
  ///   - tokenFile: File with the caller's API token; `-` is standard input, nil is `WPEX_TOKEN`.
  ///   - measure: Calls the relay.
  package init(
    _ kind: DiagnosticRun.Kind, from relay: RelayID, to target: String, tokenFile: String?,
    measure: @escaping @Sendable (RelayDiagnostics) async throws(RelayDiagnosticError) -> MeasuringResult
  ) {
    self.kind = kind
    self.relay = relay
    self.target = target
    self.tokenFile = tokenFile
    self.measure = measure
  }

  /// Measures, and records it.
  ///
  /// - Parameter onNotice: Called with one line if the mirror of the repository had to be made again.
  /// - Throws: `NetworkMeasurementError`, or an error of the settings, the repository or the cluster.
  package func run(
    at place: MeasuringPlace, onNotice: @escaping @Sendable (String) -> Void
  ) async throws -> MeasuringReport {
    let site = try place.site(onNotice: onNotice)
    return try await withCleanup({ await site.shutDown() }, after: { try await run(at: site) })
  }

  func run(at site: any MeasuringSite) async throws -> MeasuringReport {
    do {
      return try await measureRecorded(at: site)
    } catch let error as AuditError {
      throw NetworkMeasurementError(
        .failed, "cannot measure, because the audit log is not writable: \(error.description)")
    }
  }

  private func measureRecorded(at site: any MeasuringSite) async throws -> MeasuringReport {
    let applied = try await site.applied(around: relay)
    let caller = try MeasuringCaller(tokenFile: tokenFile, at: site, applied)
    let log = try site.audit
    let begun = try await begin(caller, applied) { try await log.append($0) }
    return try await begun.finish(at: site) { measure in
      do {
        return try await SignalledRun.value(of: measure)
      } catch is SignalledRun.Interrupted {
        throw CancellationError()
      }
    }
  }

  /// Checks the caller's right, and records the request or its refusal.
  ///
  /// - Throws: `NetworkMeasurementError` if the caller lacks the right, `AuditError` if it cannot be recorded.
  func begin(
    _ caller: MeasuringCaller, _ applied: AppliedCommit, _ log: @escaping MeasuringRecord.Log
  ) async throws -> Begun {
    let record = MeasuringRecord(log, kind, of: target, from: relay, by: caller.name, commit: applied.id)
    try await judge(caller, applied, record)
    try await record.begin()
    return Begun(run: self, caller: caller, applied: applied, record: record)
  }

  /// Measurement that is permitted and recorded as begun.
  struct Begun: Sendable {
    fileprivate let run: MeasuringRun
    fileprivate let caller: MeasuringCaller
    fileprivate let applied: AppliedCommit
    fileprivate let record: MeasuringRecord
  }

  /// - Throws: `NetworkMeasurementError` if the caller lacks the right, after recording it.
  private func judge(_ caller: MeasuringCaller, _ applied: AppliedCommit, _ record: MeasuringRecord) async throws {
    if let refusal = caller.refusal {
      try await record.refuse(refusal, isForeign: true)
      throw NetworkMeasurementError(.refused, for: .caller, refusal)
    }
    switch applied.compilation.measurementRight(of: caller.rights, at: relay.org, relay.name) {
    case .granted: return
    case .unknownRelay(let meant):
      // Do not record mistyped names as access attempts.
      if applied.compilation.hasRelay(relay.org, relay.name) {
        try await record.refuse("the relay is out of reach", isForeign: true)
      }
      let hint = meant.map { ": did you mean `\($0)`?" } ?? ", or none that you can see"
      throw NetworkMeasurementError(.refused, for: .relay, "there is no relay `\(relay)`\(hint)")
    case .lacksPermission:
      try await record.refuse("the permission diagnostics:run is missing")
      throw NetworkMeasurementError(
        .refused, for: .permission,
        "`\(caller.name ?? "")` is not allowed to measure from relay `\(relay)`: this needs the permission "
          + "`diagnostics:run` in \(relay.org), which the role `engineer` has")
    }
  }
}

extension MeasuringRun.Begun {
  /// Has the relay measure, and records the outcome, even if the task is cancelled.
  ///
  /// - Parameter bound: runs the measurement; throws `CancellationError` if it is interrupted.
  /// - Throws: `NetworkMeasurementError`, `AuditError`, or an error of the repository or the cluster.
  func finish(
    at site: any MeasuringSite,
    within bound: (@escaping @Sendable () async throws -> MeasuringResult) async throws -> MeasuringResult
  ) async throws -> MeasuringReport {
    let relay = run.relay
    let result: MeasuringResult
    do {
      result = try await bound { try await ask(site) }
      // A cancelled task has cut the measurement short.
      try Task.checkCancellation()
    } catch is CancellationError {
      throw try await interrupted()
    } catch  where Task.isCancelled {
      throw try await interrupted()
    } catch let failure as NetworkMeasurementError {
      try await record.end(.failed, failure.description)
      throw failure
    } catch let failure as RelayDiagnosticError {
      try await record.end(failure.kind == .refused ? .refused : .failed, failure.description)
      throw NetworkMeasurementError(
        failure.kind == .refused ? .refused : .failed, "relay `\(relay)` does not measure: \(failure.description)")
    } catch {
      try await record.end(.failed, "the relay could not be looked up")
      throw error
    }
    try await record.end(result.outcome, result.summary)
    return MeasuringReport(
      id: record.id, kind: run.kind, relay: relay, target: run.target, caller: caller.name ?? "", result: result)
  }

  private func interrupted() async throws -> NetworkMeasurementError {
    let reason = "interrupted before the relay was done"
    // In a task of its own: this one may be cancelled, and the record must be written.
    try await Task { [record] in try await record.end(.failed, reason) }.value
    return NetworkMeasurementError(.failed, reason)
  }

  private func ask(_ site: any MeasuringSite) async throws -> MeasuringResult {
    var diagnostics = try await site.diagnostics(of: run.relay, applied)
    diagnostics.reachesPrivate = caller.rights.allow(.diagnosticsRun, in: nil)
    return try await withCleanup(
      { [diagnostics] in await diagnostics.shutDown() },
      after: { [diagnostics, run] in try await run.measure(diagnostics) })
  }
}
