/// Place in a pass at which tests kill the program, to check that the next start converges.
///
/// The raw value is the number in `WPEX_FAULT_POINT`.
package enum FaultPoint: Int, Sendable, CaseIterable {
  case beforeIntent = 1
  case afterPendingSaved
  case afterIntent
  case beforeStep
  case afterStep
  case afterStepRecorded
  case beforeOutcome
  case afterOutcome
  case afterStateSaved
}
