/// State of the sync of one region or of all regions.
package struct SyncObservation: Sendable, Equatable {
  /// Why passes fail; nil if they succeed.
  package var failure: String?
  /// Number of steps that await approval, by region.
  package var held: [String: Int]
  /// Number of errors by organization; each keeps its organization at its last good state.
  package var errors: [String: Int]
  /// Number of objects by organization that the last pass found changed outside wpex.
  package var drifted: [String: Int]
  /// Whether what was applied is in force, by relay.
  package var inForce: [RelayID: RelayEnforcement]

  /// Creates an observation; by default, of a sync without problems.
  package init(
    failure: String? = nil, held: [String: Int] = [:], errors: [String: Int] = [:], drifted: [String: Int] = [:],
    inForce: [RelayID: RelayEnforcement] = [:]
  ) {
    self.failure = failure
    self.held = held
    self.errors = errors
    self.drifted = drifted
    self.inForce = inForce
  }
}

/// Whether a data source can be read: a cluster, the audit store or Prometheus.
package struct SourceCondition: Sendable, Equatable {
  /// Name of the source, such as `cluster eu-south` or `audit store`.
  package let name: String
  /// Time of the last answer, in seconds since 1970; nil if it never answered.
  package var lastAnswer: Double?
  /// Why it cannot be read; nil where it can.
  package var problem: StatusText?

  package init(_ name: String, lastAnswer: Double? = nil, problem: StatusText? = nil) {
    self.name = name
    self.lastAnswer = lastAnswer
    self.problem = problem
  }
}
