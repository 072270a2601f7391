/// What a sync of a region, or of all of them, is at.
package struct SyncObservation: Sendable, Equatable {
  /// Why passes fail; nil where they do not.
  package var failure: String?
  /// Steps that wait for approval, by region.
  package var held: [String: Int]
  /// Errors by organization, which keep it at its last good state.
  package var errors: [String: Int]
  /// Objects by organization that another hand had changed in the last pass.
  package var drifted: [String: Int]

  package init(
    failure: String? = nil, held: [String: Int] = [:], errors: [String: Int] = [:], drifted: [String: Int] = [:]
  ) {
    self.failure = failure
    self.held = held
    self.errors = errors
    self.drifted = drifted
  }
}

/// Whether a source of what is shown can be read: a cluster, the audit store, Prometheus.
package struct SourceCondition: Sendable, Equatable {
  /// Such as `cluster eu-south` or `audit store`.
  package let name: String
  /// Seconds since 1970 when it answered last; nil where it never did.
  package var lastAnswer: Double?
  /// Why it cannot be read; nil where it can.
  package var problem: String?

  package init(_ name: String, lastAnswer: Double? = nil, problem: String? = nil) {
    self.name = name
    self.lastAnswer = lastAnswer
    self.problem = problem
  }
}
