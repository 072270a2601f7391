import AuditLog
import AuditStores
import FleetMonitoring
import FoundationEssentials

/// The audit records of one measurement: what was asked for, before anything is sent, and what it came to.
struct MeasuringRecord: Sendable {
  /// Names the run.
  let id = UUID().uuidString.lowercased()
  private let log: AuditLocation
  private let kind: DiagnosticRun.Kind
  private let target: String
  private let relay: RelayID
  private let actor: String
  private let commit: String

  init(
    _ log: AuditLocation, _ kind: DiagnosticRun.Kind, of target: String, from relay: RelayID, by actor: String,
    commit: String
  ) {
    self.log = log
    self.kind = kind
    self.target = target
    self.relay = relay
    self.actor = actor
    self.commit = commit
  }

  /// - Throws: `AuditError`: then nothing may be sent.
  func begin() async throws { try await append(.begun, "", hasEnded: false) }

  func end(_ outcome: DiagnosticRun.Outcome, _ summary: String) async throws {
    try await append(outcome, summary, hasEnded: true)
  }

  /// - Parameter isForeign: whether the caller may not even see the relay: its organization is not told who asked.
  func refuse(_ reason: String, isForeign: Bool = false) async throws {
    try await append(.refused, reason, hasEnded: true, isForeign: isForeign)
  }

  private func append(
    _ outcome: DiagnosticRun.Outcome, _ summary: String, hasEnded: Bool, isForeign: Bool = false
  ) async throws {
    let run = DiagnosticRun(kind, of: target, outcome, summary: summary)
    let entry = AuditEntry(
      time: Int64(Date.now.timeIntervalSince1970 * 1_000), action: .diagnosticsRun, actor: AuditActor(user: actor),
      org: isForeign ? nil : relay.org, kind: "Relay", name: isForeign ? relay.description : relay.name, commit: commit,
      detail: run.detail)
    try await log.append(AuditAppend(key: DiagnosticRun.key(id, hasEnded: hasEnded), entry))
  }
}

extension AuditLocation {
  /// Appends a record of a measurement. A role of PostgreSQL that may record little else is enough, and one of a daemon does.
  fileprivate func append(_ append: AuditAppend) async throws {
    do {
      try await Self.append(append, to: try await openForStatus())
    } catch let failure as AuditError {
      guard failure.kind == .invalid, case .postgres = self else { throw failure }
      try await Self.append(append, to: try await open())
    }
  }

  private static func append(_ append: AuditAppend, to store: any AuditStore) async throws {
    _ = try await withCleanup({ await store.close() }, after: { try await store.append([append]) })
  }
}
