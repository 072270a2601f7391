/// Filter for records; nil members match every record.
package struct AuditQuery: Sendable, Equatable {
  /// Organization.
  package var org: String?
  /// Action.
  package var action: AuditAction?
  /// Substring of the actor's name and address, ignoring case.
  package var actor: String?
  /// Prefix of the commit id.
  package var commit: String?
  /// Generation of the apply.
  package var generation: Int?
  /// Earliest time, in milliseconds since 1970.
  package var since: Int64?
  /// Time before which the records were written, in milliseconds since 1970.
  package var until: Int64?
  /// Only records with a smaller sequence number.
  package var before: Int64?
  /// Maximum number of records.
  package var limit = 100

  /// Creates a filter that matches every record.
  package init() {}
}
