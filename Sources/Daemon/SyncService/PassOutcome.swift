extension SyncService {
  /// Result of a pass over the repository and all regions.
  package struct PassOutcome: Sendable {
    /// The commit that is applied everywhere without any failure; nil if something failed.
    package var applied: String?
    /// Why the newest commit, or a part of what it declares, is not applied; nil if it is.
    package var problem: Refused?
  }

  /// Reason why a pass did not apply everything.
  package struct Refused: Error, Sendable, CustomStringConvertible {
    /// The reason, to show.
    package let description: String
    /// The error of what could not be read or reached; nil if the declaration is at fault.
    package var cause: (any Error)?

    init(description: String, cause: (any Error)? = nil) {
      self.description = description
      self.cause = cause
    }

    /// Nil if there are no reasons.
    init?(_ reasons: [String], cause: (any Error)?) {
      guard !reasons.isEmpty else { return nil }
      self.init(description: reasons.joined(separator: "; "), cause: cause)
    }
  }
}
