import AuditLog
import ConfigCompiler
import Diagnostics
import FoundationEssentials
import GitStore
import TextFormats
import SyncEngine
import DeploymentPlanning
import SyncService

/// Log of a daemon for machines: one JSON object on each line.
struct StructuredLog: Sendable {
  private let news = ReportNews()
  private let onLine: @Sendable (String) -> Void

  /// - Parameter onLine: Called with each line.
  init(onLine: @escaping @Sendable (String) -> Void) { self.onLine = onLine }

  /// Logs an event, unless an earlier pass has logged the same.
  func show(_ event: SyncEvent) {
    guard news.isNews(event) else { return }
    switch event {
    case .fetched(let commit, let source):
      write("info", "fetched", ["commit": .string(commit.id), "source": .string(source)])
    case .trusted(let commit, let basis):
      write("info", "trusted", ["commit": .string(commit.id), "basis": .string(basis)])
    case .compiled(let commit, let compilation):
      let errors = compilation.diagnostics.filter { $0.severity == .error }
      write(
        errors.isEmpty ? "info" : "warning", "compiled",
        [
          "commit": .string(commit.id), "organizations": .integer(compilation.units.count),
          "errors": .integer(errors.count),
        ])
      for error in errors.prefix(20) {
        write(
          "warning", "diagnostic",
          [
            "code": .string(error.code.rawValue), "message": .string(error.message),
            "path": .string(error.primary.location.path),
          ])
      }
    case .refused(let commit, let reason):
      write("error", "refused", ["commit": .string(commit.id), "reason": .string(reason)])
    case .passFailed(let reason, let pause):
      write("error", "failed", ["reason": .string(reason), "retrySeconds": .integer(Int(pause.rounded(.up)))])
    case .accepted, .passSucceeded, .started, .health, .document: break
    case .planned(let region, let plan) where !plan.isEmpty:
      write(
        "info", "planned",
        [
          "region": .string(region), "steps": .integer(plan.steps.count), "held": .integer(plan.heldSteps.count),
        ])
    case .planned: break
    case .stepDone(let region, let step, let outcome):
      write(
        "info", "object",
        [
          "region": .string(region), "org": .string(step.org), "object": .string("\(step.id)"),
          "outcome": .string(outcome?.rawValue ?? "deleted"),
        ])
    case .stepFailed(let region, let step, let failure):
      write(
        "error", "object_failed",
        [
          "region": .string(region), "org": .string(step.org), "object": .string("\(step.id)"),
          "reason": .string(failure.description),
        ])
    case .held(let region, let hold, let digest):
      write(
        "warning", "held",
        [
          "region": .string(region), "org": .string(hold.org), "reason": .string(hold.explanation),
          "digest": .string(digest),
        ])
    case .organizationPinned(let region, let org, let errors):
      write("warning", "kept", ["region": .string(region), "org": .string(org), "errors": .integer(errors)])
    case .organizationFailed(let region, let org, let reason):
      write(
        "error", "organization_failed",
        ["region": .string(region), "org": .string(org), "reason": .string(reason)])
    case .driftCorrected(let region, let correction):
      write(
        "warning", "drift_corrected",
        [
          "region": .string(region), "org": .string(correction.org), "object": .string("\(correction.id)"),
          "detail": .string(correction.detail),
        ])
    case .inForce(let region, let relay, let state): write("info", "in_force", fields(region, relay, state))
    case .notInForce(let region, let relay, let state):
      var members = fields(region, relay, state)
      members["reason"] = .string(state.reasons.joined(separator: "; "))
      write("error", "not_in_force", members)
    case .finished(let region, let summary):
      guard summary.generation != nil || summary.held > 0 else { break }
      write(
        "info", "applied",
        [
          "region": .string(region), "commit": .string(summary.commit), "outcome": .string(summary.text),
          "generation": summary.generation.map { .integer($0) } ?? .null, "seconds": .number(summary.seconds),
        ])
    case .checkpointSigned(let record): write("info", "checkpoint", ["sequence": .integer(Int(record))])
    case .auditBroken(let reason): write("error", "audit_broken", ["reason": .string(reason)])
    case .warning(let text): write("warning", "trouble", ["reason": .string(text)])
    }
  }

  private func fields(_ region: String, _ relay: DeployedRelay, _ state: RelayInForce) -> JSON.Members {
    var members: JSON.Members = [
      "region": .string(region), "org": .string(relay.org), "relay": .string(relay.name),
      "serial": .integer(state.serial), "instances": .array(state.instances.map { .string($0.name) }),
      "applied": .string(AuditExport.timestamp(state.appliedAt)),
    ]
    if let inForceAt = state.inForceAt { members["inForce"] = .string(AuditExport.timestamp(inForceAt)) }
    return members
  }

  /// Writes one line, with the time, the level, the event's name and its fields.
  func write(_ level: String, _ event: String, _ fields: JSON.Members) {
    var members: JSON.Members = [
      "time": .string(AuditExport.timestamp(AuditClock.now())), "level": .string(level),
      "event": .string(event),
    ]
    for pair in fields.pairs { members[pair.name] = pair.value }
    onLine(JSON.object(members).text(.compact))
  }
}
