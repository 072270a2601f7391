package import AuditLog
import ConfigModel
import KeyBundles
import TextFormats

extension AuditAction {
  /// Outcomes of an action, for filtering.
  package enum Outcome: String, CaseIterable, Sendable { case success, failure, refused, held, notice }

  /// Outcome that the action implies.
  package var outcome: Outcome {
    switch self {
    case .applyFinished, .healthReached, .relayInForce, .objectCreated, .objectUpdated, .objectDeleted, .driftCorrected,
      .holdApproved,
      .loggedIn, .diagnosticsRun, .recordsImported, .commitAccepted:
      .success
    case .healthMissed, .objectFailed, .organizationFailed: .failure
    case .rejectedInvalid, .rejectedNonFastForward, .rejectedUnsigned, .rejectedUnauthorized,
      .loginRefused:
      .refused
    case .heldForApproval: .held
    case .daemonStarted, .daemonStopped, .leadershipGained, .leadershipLost, .applyIntended: .notice
    }
  }
}

extension AuditEntry {
  /// Outcome of the entry: implied by the action, or for a diagnostic run stated in its detail.
  var outcome: AuditAction.Outcome {
    guard action == .diagnosticsRun, let run = detail.flatMap(DiagnosticRun.init) else { return action.outcome }
    return switch run.outcome {
    case .begun: .notice
    case .reached, .unanswered: .success
    case .refused: .refused
    case .failed: .failure
    }
  }
}

/// An audit record as it is shown.
struct AuditRow: Sendable {
  let record: AuditRecord
  let entry: AuditEntry

  init?(_ record: AuditRecord) {
    guard let entry = record.entry else { return nil }
    self.record = record
    self.entry = entry
  }

  /// Derived from the record alone: its hash depends on earlier records, which may belong to other tenants.
  private var id: String {
    String(((try? SHA256Digest.hex(of: Array(record.key.utf8) + record.bytes)) ?? "").prefix(16))
  }

  /// Whether its addresses are those of a person who logged in, not of a peer.
  private var isOfLogin: Bool { entry.action == .loggedIn || entry.action == .loginRefused }

  private var hash: String { record.hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

  static let view = ObjectView<AuditRow>("AuditRecord", "A recorded event", org: { $0.entry.org }) { view in
    view.text("id", "its id") { $0.id }
    view.add("sequence", .nullable(.integer), "its number in the log; null unless the viewer can read the whole log") {
      row, sight in
      sight.scope.reach(of: .auditRead) == .everywhere ? .integer(Int(row.record.sequence)) : .null
    }
    view.time("time", "when") { Double($0.entry.time) / 1_000 }
    view.choice("action", "what was done") { $0.entry.action }
    view.text("summary", "the action in words") { $0.entry.action.summary }
    view.choice("outcome", "its outcome") { $0.entry.outcome }
    view.text("actor", "who did it") { $0.entry.actor.shown }
    view.optionalText("author", "author of the commit") { $0.entry.actor.author }
    view.optionalText("signer", "user whose key signed the commit, if signatures are required") {
      $0.entry.actor.signer
    }
    view.optionalText("committer", "committer of the commit") { $0.entry.actor.committer }
    view.optionalText("region", "where") { $0.entry.region }
    view.optionalText("org", "its organization; null for the platform") { $0.entry.org }
    view.optionalText("kind", "kind of the object") { $0.entry.kind }
    view.optionalText("name", "name of the object") { $0.entry.name }
    view.optionalText("commit", "the commit that caused it") { $0.entry.commit }
    view.optionalInteger("generation", "the number of the apply it belongs to") { $0.entry.generation }
    view.add("detail", .nullable(.text), "details") { row, sight in
      let mayKnow = row.isOfLogin && sight.allows(.usersRead, in: row.entry.org)
      return JSON(row.entry.detail.map { mayKnow ? $0.withoutKeyMaterial : sight.seen($0) })
    }
    view.optionalText("before", "the digest of the object before") { $0.entry.before }
    view.optionalText("after", "the digest of the object after") { $0.entry.after }
    view.add(
      "hash", .nullable(.text),
      "its hash, over the record and the previous hash; null unless the viewer can read the whole log"
    ) {
      row, sight in sight.scope.reach(of: .auditRead) == .everywhere ? .string(row.hash) : .null
    }
  }
}

/// Result of verifying the audit log.
package struct AuditVerification: Sendable, Equatable {
  /// State of the verification.
  package enum State: String, CaseIterable, Sendable {
    /// Every record's hash follows from the previous one, and the checkpoints match.
    case verified
    /// Verification is in progress.
    case checking
    /// The log has been tampered with.
    case broken
    /// The log cannot be read.
    case unavailable
  }

  /// State of the verification.
  package var state: State
  /// Time of the verification, in seconds since 1970.
  package var checkedAt: Double?
  /// Number of records verified.
  package var records: Int64?
  /// What is wrong; nil if nothing is.
  package var message: String?

  /// Creates a result.
  package init(state: State, checkedAt: Double? = nil, records: Int64? = nil, message: String? = nil) {
    self.state = state
    self.checkedAt = checkedAt
    self.records = records
    self.message = message
  }

  static let view = ObjectView<AuditVerification>(
    "AuditVerification", "Whether the audit log is intact", org: { _ in nil }
  ) {
    view in
    view.choice("state", "the result") { $0.state }
    view.time("checkedAt", "when") { $0.checkedAt }
    view.optionalInteger("records", "records checked") { $0.records.map { Int($0) } }
    view.optionalText("message", "what is wrong") { $0.message }
  }
}
