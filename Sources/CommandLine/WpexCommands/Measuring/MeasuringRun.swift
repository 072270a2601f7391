import AuditLog
import ConfigCompiler
import ConfigModel
import FleetMonitoring
import FoundationEssentials
import FleetCollectors
import ProcessSupport
import SyncDaemon
import TextFormats

/// Workflow of a measurement: check the caller's rights in the applied commit, record the request, then call the relay.
struct MeasuringRun: Sendable {
  let kind: DiagnosticRun.Kind
  let options: MeasuringOptions
  /// Calls the relay.
  let measure: @Sendable (RelayDiagnostics) async throws(RelayDiagnosticError) -> MeasuringResult

  /// - Throws: `CommandError`; its exit code is 1 if the target did not answer.
  func run() async throws {
    try await CommandError.mappingErrors {
      let site = try site()
      do {
        try await withCleanup({ await site.shutDown() }, after: { try await run(at: site) })
      } catch let error as AuditError {
        throw CommandError(.failed, "cannot measure, because the audit log is not writable: \(error.description)")
      }
    }
  }

  private func site() throws -> any MeasuringSite {
    let store = options.store
    guard options.hasSettings else {
      let environment = ProcessInfo.processInfo.environment["WPEX_AUDIT_STORE"].flatMap { $0.isEmpty ? nil : $0 }
      return try MachineSite(state: options.location.state, store: store ?? environment)
    }
    var flags: [String: String] = [:]
    flags["repository.url"] = options.repo
    flags["target.kubeconfig"] = options.kubeconfig
    let settings = try SyncSettings(flags: flags, file: options.config)
    switch settings["target.kind"] {
    case "kubernetes": return try ClusterSite(settings, store: store, reach: options.reach)
    case "local":
      return try MachineSite(
        state: settings["state"] ?? options.location.state, store: store ?? settings["audit.store"])
    default:
      throw CommandError(.usage, "relays run only if the setting `target.kind` is kubernetes or local")
    }
  }

  private func run(at site: any MeasuringSite) async throws {
    let relay = options.relay
    let applied = try await site.applied(around: relay)
    let caller = try MeasuringCaller(tokenFile: options.tokenFile, at: site, applied)
    let record = MeasuringRecord(
      try site.audit, kind, of: options.target, from: relay, by: caller.name, commit: applied.id)
    try await judge(caller, applied, record)
    try await record.begin()
    let result: MeasuringResult
    do {
      result = try await SignalledRun.value(of: { try await ask(site, applied, caller) })
    } catch is SignalledRun.Interrupted {
      let reason = "interrupted before the relay was done"
      try await record.end(.failed, reason)
      throw CommandError(.failed, reason)
    } catch let failure as CommandError {
      try await record.end(.failed, failure.description)
      throw failure
    } catch let failure as RelayDiagnosticError {
      try await record.end(failure.kind == .refused ? .refused : .failed, failure.description)
      throw CommandError(
        failure.kind == .refused ? .refused : .failed, "relay `\(relay)` does not measure: \(failure.description)")
    } catch {
      try await record.end(.failed, "the relay could not be looked up")
      throw error
    }
    try await record.end(result.outcome, result.summary)
    if result.outcome != .failed || options.result.form == .json { try show(result, record, caller) }
    if let failure = result.failure, result.outcome == .failed {
      throw CommandError(.failed, "relay `\(relay)` could not measure: \(failure)")
    }
    guard result.outcome == .reached else { throw CommandError(.refused, "`\(options.target)` does not answer") }
  }

  /// - Throws: `CommandError` if the caller lacks the right, after recording it.
  private func judge(_ caller: MeasuringCaller, _ applied: AppliedCommit, _ record: MeasuringRecord) async throws {
    let relay = options.relay
    if let refusal = caller.refusal {
      try await record.refuse(refusal, isForeign: true)
      throw CommandError(.refused, refusal)
    }
    switch applied.compilation.measurementRight(of: caller.rights, at: relay.org, relay.name) {
    case .granted: return
    case .unknownRelay(let meant):
      // Do not record mistyped names as access attempts.
      if applied.compilation.hasRelay(relay.org, relay.name) {
        try await record.refuse("the relay is out of reach", isForeign: true)
      }
      let hint = meant.map { ": did you mean `\($0)`?" } ?? ", or none that you can see"
      throw CommandError(.refused, "there is no relay `\(relay)`\(hint)")
    case .lacksPermission:
      try await record.refuse("the permission diagnostics:run is missing")
      throw CommandError(
        .refused,
        "`\(caller.name)` is not allowed to measure from relay `\(relay)`: this needs the permission `diagnostics:run` in "
          + "\(relay.org), which the role `engineer` has")
    }
  }

  private func ask(
    _ site: any MeasuringSite, _ applied: AppliedCommit, _ caller: MeasuringCaller
  ) async throws -> MeasuringResult {
    var diagnostics = try await site.diagnostics(of: options.relay, applied)
    diagnostics.reachesPrivate = caller.rights.allow(.diagnosticsRun, in: nil)
    return try await withCleanup(
      { [diagnostics] in await diagnostics.shutDown() }, after: { [diagnostics] in try await measure(diagnostics) })
  }

  private func show(_ result: MeasuringResult, _ record: MeasuringRecord, _ caller: MeasuringCaller) throws {
    guard options.result.form == .json else { return try options.result.show(result.text) }
    var members: JSON.Members = [
      "id": .string(record.id), "kind": .string(kind.rawValue), "relay": .string(options.relay.description),
      "target": .string(options.target), "by": .string(caller.name), "outcome": .string(result.outcome.rawValue),
      "reached": .bool(result.outcome == .reached), "summary": .string(result.summary),
    ]
    for pair in result.members.pairs { members[pair.name] = pair.value }
    try options.result.write(JSON.object(members).text(.indented))
  }
}
