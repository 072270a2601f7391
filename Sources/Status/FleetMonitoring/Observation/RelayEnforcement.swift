/// Whether what was applied to a relay is in force at its instances, as the daemon learned it from them.
package struct RelayEnforcement: Sendable, Equatable {
  /// State of what was applied.
  package enum State: String, Sendable, CaseIterable {
    /// Every instance has confirmed it.
    case inForce = "in-force"
    /// It was applied less than ten seconds ago.
    case pending
    /// An instance has not confirmed it for ten seconds.
    case notInForce = "not-in-force"
    /// No instance runs.
    case idle
  }

  /// An instance at which it is not in force.
  package struct Missing: Sendable, Equatable {
    /// Name of the pod or process; nil if the instances are not known.
    package let instance: String?
    /// Why it is not in force there.
    package let reason: String

    package init(instance: String?, reason: String) {
      self.instance = instance
      self.reason = reason
    }
  }

  /// Its state.
  package let state: State
  /// Number of the applied files, which grows with each change; nil if it is not known.
  package let serial: Int?
  /// When the files were applied, in seconds since 1970.
  package let applied: Double?
  /// When every instance had confirmed them, in seconds since 1970; nil if one has not.
  package let inForce: Double?
  /// Since when they are not in force, in seconds since 1970; nil if they are.
  package let since: Double?
  /// Number of instances that run.
  package let instances: Int
  /// The instances at which they are not in force.
  package let missing: [Missing]

  package init(
    _ state: State, serial: Int?, applied: Double? = nil, inForce: Double? = nil, since: Double? = nil,
    instances: Int = 0, missing: [Missing] = []
  ) {
    self.state = state
    self.serial = serial
    self.applied = applied
    self.inForce = inForce
    self.since = since
    self.instances = instances
    self.missing = missing
  }
}
