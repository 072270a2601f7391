package import ConfigCompiler
package import KeyBundles
package import DeploymentPlanning

/// Where manifests are made true: a cluster, processes of this machine, or a folder.
package protocol Target: Sendable {
  /// `kubernetes`, `local` or `directory`.
  var kind: String { get }

  /// What it holds for us in a region.
  func inventory(of region: String) async throws(TargetError) -> [LiveObject]

  /// Gets ready for changes in a region.
  func prepare(_ region: String) async throws(TargetError)

  /// Makes an object what it is declared to be.
  func apply(_ object: RenderedObject) async throws(TargetError) -> ApplyOutcome

  /// Removes an object; one that is gone already, or is another one by now, is left alone.
  func delete(_ object: LiveObject, in region: String) async throws(TargetError)

  /// Gives the relays of an organization what opens their bundles. It is secret, and nothing of it is kept on disk.
  func installIdentity(
    _ identity: OrganizationSecret, in region: String
  ) async throws(TargetError) -> ApplyOutcome

  /// Reverts changes that were made to applied objects outside wpex.
  ///
  /// - Throws: If the target as a whole cannot be reached. An object that cannot be corrected is a failure of its own.
  func correctDrift(in region: String, declared: [RenderedObject]) async throws(TargetError) -> DriftReport

  /// Follows what happens to the objects of a region, until the task is cancelled; returns at once where nothing can be
  /// followed.
  ///
  /// - Parameter suspect: told of every object that another hand may have changed or removed.
  func watch(_ region: String, suspect: @escaping @Sendable (ObjectID) async -> Void) async

  /// How the relays of a region do.
  func health(of region: String) async throws(TargetError) -> [RelayCondition]

  /// Ends what runs only as long as this program does.
  func shutDown() async
}

extension Target {
  package func prepare(_ region: String) async throws(TargetError) {}
  package func watch(_ region: String, suspect: @escaping @Sendable (ObjectID) async -> Void) async {}
}

package enum ApplyOutcome: String, Sendable, Equatable { case created, updated, unchanged }

/// An organization's identity, as it is handed to its relays.
package struct OrganizationSecret: Sendable {
  package let org: String
  package let namespace: String
  /// In the form of an age identity file.
  package let identityFile: SecretBytes
  /// Of the recipient that belongs to it; not secret.
  package let digest: String

  package init(org: String, namespace: String, identityFile: SecretBytes, digest: String) {
    self.org = org
    self.namespace = namespace
    self.identityFile = identityFile
    self.digest = digest
  }
}

/// What a look for drift came to.
package struct DriftReport: Sendable {
  package var corrections: [DriftCorrection] = []
  /// Objects that could not be corrected.
  package var failures: [DriftFailure] = []

  package init(_ corrections: [DriftCorrection] = [], failures: [DriftFailure] = []) {
    self.corrections = corrections
    self.failures = failures
  }
}

/// An object whose drift could not be corrected.
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

/// An object that had been changed outside wpex, and is as declared again.
package struct DriftCorrection: Sendable, Equatable {
  package let id: ObjectID
  package let org: String
  package let detail: String

  package init(id: ObjectID, org: String, detail: String) {
    self.id = id
    self.org = org
    self.detail = detail
  }
}

/// How a relay does, after the rules of kstatus.
package struct RelayCondition: Sendable, Equatable {
  package enum Status: String, Sendable {
    /// It is what it is declared to be.
    case current
    /// It is on its way there.
    case inProgress = "in progress"
    case failed
    /// Declared to be off.
    case stopped
  }

  package let org: String
  package let relay: String
  package let status: Status
  package let detail: String
  /// Where peers reach it, where that is known.
  package let endpoint: String?

  package init(org: String, relay: String, status: Status, detail: String, endpoint: String? = nil) {
    self.org = org
    self.relay = relay
    self.status = status
    self.detail = detail
    self.endpoint = endpoint
  }
}

extension RelayCondition {
  /// Whether it is what it is declared to be.
  package var isSettled: Bool { status == .current || status == .stopped }
}

/// Why a target did not do something.
package struct TargetError: Error, Sendable, CustomStringConvertible {
  package enum Kind: Sendable, Equatable {
    /// Nothing can be done there now.
    case unavailable
    /// Somebody else manages a field that is declared.
    case conflict(manager: String)
    /// This object is refused.
    case refused
  }

  package let kind: Kind
  package let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
