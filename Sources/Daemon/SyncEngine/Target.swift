package import ConfigCompiler
package import ConfigModel
package import KeyBundles
package import DeploymentPlanning
package import RelayWire

/// Place to which manifests are applied: a cluster, processes of this machine, or a folder.
package protocol Target: Sendable {
  /// `kubernetes`, `local` or `directory`.
  var kind: String { get }

  /// Whether the target has Services, and so load balancers. Processes of a host have none.
  var hasServices: Bool { get }

  /// Returns the objects that wpex has applied in a region.
  func inventory(of region: String) async throws(TargetError) -> [LiveObject]

  /// Forgets what this program knows of its own writes: another daemon may have written since.
  func forgetWrites(in region: String) async

  /// Claims the target for a region. Called before each pass of a declared region.
  ///
  /// - Throws: `TargetError(.refused)` that says what to set, if the target belongs to another platform or region.
  func claim(_ claim: RegionClaim) async throws(TargetError)

  /// Gives the target up for a region that left the declaration and has no objects any more.
  func release(_ region: String) async throws(TargetError)

  /// Prepares for changes in a region. Called before the first change of a pass.
  func prepare(_ region: String) async throws(TargetError)

  /// Creates an object, or updates it to its declaration.
  func apply(_ object: RenderedObject) async throws(TargetError) -> ApplyOutcome

  /// Deletes an object. Does nothing if it is gone already, or another object has its name now.
  func delete(_ object: LiveObject, in region: String) async throws(TargetError)

  /// Hands an organization's identity, which opens key bundles, to its relays. The identity is secret, and never written to
  /// disk.
  func installIdentity(
    _ identity: OrganizationSecret, in region: String
  ) async throws(TargetError) -> ApplyOutcome

  /// Reverts changes that were made to applied objects outside wpex.
  ///
  /// - Throws: `TargetError` if the target cannot be reached. An object that cannot be corrected is in the report.
  func correctDrift(in region: String, declared: [RenderedObject]) async throws(TargetError) -> DriftReport

  /// Reverts a change that was made outside wpex to an organization's identity.
  ///
  /// - Returns: What was put back; nil if the identity is as it was handed over.
  /// - Throws: `TargetError` if the target cannot be reached, or refuses.
  func correctDrift(of identity: OrganizationSecret, in region: String) async throws(TargetError) -> DriftCorrection?

  /// Watches the objects of a region until the task is cancelled. Returns at once if the target cannot be watched.
  ///
  /// - Parameter suspect: called with each object that may have been changed or removed outside wpex.
  func watch(_ region: String, suspect: @escaping @Sendable (ObjectID) async -> Void) async

  /// Returns the conditions of a region's relays.
  func health(of region: String) async throws(TargetError) -> [RelayCondition]

  /// Returns what was applied to a relay last; nil if the target runs no relays, or this relay has no files.
  ///
  /// - Throws: `TargetError` if they cannot be read, or differ from what was applied.
  func appliedFiles(of relay: DeployedRelay, in region: String) async throws(TargetError) -> AppliedFiles?

  /// Returns the instances of a relay that run.
  func instances(of relay: DeployedRelay, in region: String) async throws(TargetError) -> [InstanceChannel]

  /// Makes the platform refresh the files of an instance that cannot be reached, if there is a way.
  func nudge(
    _ instance: InstanceChannel, of relay: DeployedRelay, to declaration: RelayDeclaration, in region: String) async

  /// Ends everything that must not outlive this program.
  func shutDown() async
}

extension Target {
  package var hasServices: Bool { false }
  package func claim(_ claim: RegionClaim) async throws(TargetError) {}
  package func release(_ region: String) async throws(TargetError) {}
  package func prepare(_ region: String) async throws(TargetError) {}
  package func forgetWrites(in region: String) async {}
  package func correctDrift(
    of identity: OrganizationSecret, in region: String
  ) async throws(TargetError) -> DriftCorrection? { nil }
  package func watch(_ region: String, suspect: @escaping @Sendable (ObjectID) async -> Void) async {}
  package func appliedFiles(of relay: DeployedRelay, in region: String) async throws(TargetError) -> AppliedFiles? {
    nil
  }
  package func instances(
    of relay: DeployedRelay, in region: String
  ) async throws(TargetError) -> [InstanceChannel] { [] }
  package func nudge(
    _ instance: InstanceChannel, of relay: DeployedRelay, to declaration: RelayDeclaration, in region: String
  ) async {}
}

/// Result of applying an object.
package enum ApplyOutcome: String, Sendable, Equatable { case created, updated, unchanged }

/// Identity of an organization, in the form in which its relays receive it.
package struct OrganizationSecret: Sendable {
  /// The organization's name.
  package let org: String
  /// The namespace of its relays.
  package let namespace: String
  /// The identity as an age identity file.
  package let identityFile: SecretBytes
  /// The recipient of the identity, which is not secret. It changes if the identity does.
  package let digest: String

  package init(org: String, namespace: String, identityFile: SecretBytes, digest: String) {
    self.org = org
    self.namespace = namespace
    self.identityFile = identityFile
    self.digest = digest
  }
}

/// Result of a check for drift.
package struct DriftReport: Sendable {
  /// Objects that are as declared again.
  package var corrections: [DriftCorrection] = []
  /// Objects that could not be corrected.
  package var failures: [DriftFailure] = []

  package init(_ corrections: [DriftCorrection] = [], failures: [DriftFailure] = []) {
    self.corrections = corrections
    self.failures = failures
  }
}

/// Object whose drift could not be corrected.
package struct DriftFailure: Sendable {
  package let id: ObjectID
  package let org: String
  package let reason: TargetError

  package init(id: ObjectID, org: String, reason: TargetError) {
    self.id = id
    self.org = org
    self.reason = reason
  }
}

/// Object that was changed outside wpex and is as declared again.
package struct DriftCorrection: Sendable, Equatable {
  package let id: ObjectID
  package let org: String
  /// What was different, to show.
  package let detail: String
  /// The relay whose files were put back; nil if it was something else.
  package let relay: DeployedRelay?

  package init(id: ObjectID, org: String, detail: String, relay: DeployedRelay? = nil) {
    self.id = id
    self.org = org
    self.detail = detail
    self.relay = relay
  }
}

/// Condition of a relay, by the rules of kstatus.
package struct RelayCondition: Sendable, Equatable {
  /// Pods or processes of a relay that has several.
  package struct Members: Sendable, Equatable {
    /// How many of them are ready.
    package let ready: Int
    /// How many are declared.
    package let declared: Int

    /// Creates the members of a relay; nil if it declares one at most.
    package init?(ready: Int, declared: Int) {
      guard declared > 1 else { return nil }
      self.ready = min(max(0, ready), declared)
      self.declared = declared
    }
  }

  package let org: String
  package let relay: String
  package let status: RelayPhase
  /// The reason for the status, to show.
  package var detail: String
  /// Where peers reach it; nil if the target does not know.
  package var endpoint: RelayEndpoint?
  /// Its pods or processes; nil if it declares one at most.
  package let members: Members?
  /// Whether what was applied is in force at its instances; nil if that is not known.
  package var inForce: RelayInForce?

  package init(
    org: String, relay: String, status: RelayPhase, detail: String, endpoint: RelayEndpoint? = nil,
    members: Members? = nil
  ) {
    self.members = members
    self.org = org
    self.relay = relay
    self.status = status
    self.detail = detail
    self.endpoint = endpoint
  }
}

extension RelayCondition {
  /// Returns the condition with where peers reach the relay: as observed, else as declared.
  ///
  /// - Parameter hasServices: As of the target.
  package func reached(at declared: DeclaredEndpoint?, hasServices: Bool) -> RelayCondition {
    guard let declared else { return self }
    var condition = self
    let isAwaited = declared.isBalanced && hasServices
    condition.endpoint = endpoint ?? (isAwaited ? .pending : declared.text.map { .known($0) })
    if condition.endpoint == .pending { condition.detail += "; its load balancer has no address yet" }
    return condition
  }

  /// Whether the relay is as declared.
  package var isSettled: Bool { status == .current || status == .stopped }
}

/// Error of a target.
package struct TargetError: Error, Sendable, CustomStringConvertible {
  /// Kind of error, which decides what else is tried.
  package enum Kind: Sendable, Equatable {
    /// The target cannot be used now.
    case unavailable
    /// Another field manager owns a declared field.
    case conflict(manager: String)
    /// The target refuses this object.
    case refused
  }

  package let kind: Kind
  /// The reason, to show.
  package let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
