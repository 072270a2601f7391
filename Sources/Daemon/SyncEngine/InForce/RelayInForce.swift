import AuditLog
package import TextFormats

/// Whether what was applied to a relay is in force at each of its instances.
package struct RelayInForce: Sendable, Equatable {
  /// An instance of the relay.
  package struct Instance: Sendable, Equatable {
    /// Name of the instance.
    package let name: String
    /// Why the declaration is not in force there; nil if it is.
    package let reason: String?

    package init(_ name: String, reason: String?) {
      self.name = name
      self.reason = reason
    }
  }

  /// The state in one word.
  package enum State: String, Sendable, CaseIterable {
    /// Every instance has confirmed the declaration.
    case inForce = "in force"
    /// The instances have it for less than ten seconds.
    case pending
    /// An instance has not confirmed the declaration for ten seconds.
    case notInForce = "not in force"
    /// No instance runs.
    case idle = "no instance"
  }

  /// Milliseconds after which what is not in force is a fault.
  package static let patience: Int64 = 10_000

  /// Serial of the declaration.
  package var serial: Int
  /// Digest of the declaration.
  package var digest: String
  /// When the files were applied, in milliseconds since 1970.
  package var appliedAt: Int64
  /// When the last instance confirmed the declaration, in milliseconds since 1970; nil if one has not.
  package var inForceAt: Int64?
  /// Since when it is not in force, in milliseconds since 1970; nil if it is.
  package var missingSince: Int64?
  /// The instances that run.
  package var instances: [Instance]
  /// Why the instances are not known; nil if they are.
  package var problem: String?

  package init(
    serial: Int, digest: String, appliedAt: Int64, inForceAt: Int64? = nil, missingSince: Int64? = nil,
    instances: [Instance] = [], problem: String? = nil
  ) {
    self.serial = serial
    self.digest = digest
    self.appliedAt = appliedAt
    self.inForceAt = inForceAt
    self.missingSince = missingSince
    self.instances = instances
    self.problem = problem
  }

  /// Returns the state at a time in milliseconds since 1970.
  ///
  /// - Parameter runs: Whether the relay runs. Its instances are perhaps not known yet if it has just started.
  package func state(at now: Int64, runs: Bool = false) -> State {
    guard let missingSince else { return .inForce }
    let isOld = now - missingSince >= Self.patience
    if instances.isEmpty, problem == nil { return runs && !isOld ? .pending : .idle }
    return isOld ? .notInForce : .pending
  }

  /// Names of the instances that have not confirmed the declaration, each with its reason, to show.
  package var reasons: [String] {
    (problem.map { [$0] } ?? [])
      + instances.compactMap { instance in instance.reason.map { "\(instance.name): \($0)" } }
  }

  /// The state as JSON, for reports.
  ///
  /// - Parameters:
  ///   - now: milliseconds since 1970.
  ///   - runs: As in `state(at:runs:)`.
  package func json(at now: Int64, runs: Bool = false) -> JSON {
    var members: JSON.Members = [
      "state": .string(state(at: now, runs: runs).rawValue), "serial": .integer(serial),
      "applied": .string(AuditExport.timestamp(appliedAt)), "instances": .integer(instances.count),
    ]
    if let inForceAt, missingSince == nil { members["inForce"] = .string(AuditExport.timestamp(inForceAt)) }
    if let missingSince {
      members["since"] = .string(AuditExport.timestamp(missingSince))
      var missing: [JSON] = instances.compactMap { instance in
        instance.reason.map { ["instance": .string(instance.name), "reason": .string($0)] }
      }
      if let problem { missing.append(["reason": .string(problem)]) }
      members["missing"] = .array(missing)
    }
    return .object(members)
  }
}
