/// Severity of a problem.
package enum Severity: String, Sendable, CaseIterable {
  /// The repository cannot be applied as it is.
  case error
  /// The repository can be applied, but deserves a look.
  case warning
}
