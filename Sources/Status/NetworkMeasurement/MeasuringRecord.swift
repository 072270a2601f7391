import AuditLog
import AuditStores
import FleetMonitoring
import FoundationEssentials
import ProcessSupport

/// Audit records of one measurement: the request, before any packet is sent, and the outcome.
struct MeasuringRecord: Sendable {
  /// Appends a record to the audit log.
  typealias Log = @Sendable (AuditAppend) async throws -> Void

  /// Identifies the run.
  let id = UUID().uuidString.lowercased()
  private let log: Log
  private let kind: DiagnosticRun.Kind
  private let target: String
  private let relay: RelayID
  private let actor: String?
  private let commit: String

  init(
    _ log: @escaping Log, _ kind: DiagnosticRun.Kind, of target: String, from relay: RelayID, by actor: String?,
    commit: String
  ) {
    self.log = log
    self.kind = kind
    self.target = target
    self.relay = relay
    self.actor = actor
    self.commit = commit
  }

  /// Records the request.
  ///
  /// - Throws: `AuditError`; nothing may be sent then.
  func begin() async throws { try await append(.begun, "", hasEnded: false) }

  /// Records the outcome.
  ///
  /// - Throws: `AuditError` if the record cannot be written.
  func end(_ outcome: DiagnosticRun.Outcome, _ summary: String) async throws {
    try await append(outcome, summary, hasEnded: true)
  }

  /// Records a refused request.
  ///
  /// - Parameter isForeign: whether the caller may not see the relay; the record is then not visible to its
  ///   organization.
  /// - Throws: `AuditError` if the record cannot be written.
  func refuse(_ reason: String, isForeign: Bool = false) async throws {
    try await append(.refused, reason, hasEnded: true, isForeign: isForeign)
  }

  private func append(
    _ outcome: DiagnosticRun.Outcome, _ summary: String, hasEnded: Bool, isForeign: Bool = false
  ) async throws {
    let run = DiagnosticRun(kind, of: target, outcome, summary: summary)
    let entry = AuditEntry(
      time: AuditClock.now(), action: .diagnosticsRun, actor: AuditActor(user: actor),
      org: isForeign ? nil : relay.org, kind: "Relay", name: isForeign ? relay.description : relay.name, commit: commit,
      detail: run.detail)
    try await log(AuditAppend(key: DiagnosticRun.key(id, hasEnded: hasEnded), entry))
  }
}

extension AuditLocation {
  /// Appends a record of a measurement.
  ///
  /// A PostgreSQL role that may append little else is enough; a daemon's role works too.
  func append(_ append: AuditAppend) async throws {
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
