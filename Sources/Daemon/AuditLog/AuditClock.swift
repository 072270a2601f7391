import FoundationEssentials

/// The system's clock, in the unit of audit records.
package enum AuditClock {
  /// Returns the milliseconds since 1970.
  package static func now() -> Int64 { Int64(Date.now.timeIntervalSince1970 * 1_000) }
}
