package import ConfigModel
package import DeploymentPlanning

/// What a merge would do: who may reach what first, and then which objects of Kubernetes change.
///
/// A change that means nothing (comments, layout, a default written out, a document moved within its folder) plans nothing.
package struct ChangePlan: Sendable, Equatable {
  /// Which key gains or loses which relay, sorted by organization, relay and key.
  package let access: [AccessChange]
  /// Whose permissions change, sorted by user.
  package let rights: [RightsChange]
  /// Relays that peers reach elsewhere, sorted by organization and relay.
  package let endpoints: [EndpointChange]
  /// Relays that are touched in any way, sorted by organization and name.
  package let relays: [RelayChange]
  /// What is declared otherwise, sorted by what it declares.
  package let documents: [DeclaredChange]
  /// The regions that change, sorted by name: those of the head, and those that only the base declares.
  package let regions: [RegionPlan]
  /// Organizations of the base that have errors: the daemon keeps them at their last good state, so that nobody can tell
  /// from the repository what would change there.
  package let unknown: [String]

  package var isEmpty: Bool {
    access.isEmpty && rights.isEmpty && endpoints.isEmpty && relays.isEmpty && documents.isEmpty && regions.isEmpty
  }
}

/// A key that a relay lets in, or lets in no more. Keys are told by their fingerprints, never by their material.
package struct AccessChange: Sendable, Equatable {
  package enum Operation: String, Sendable, CaseIterable {
    case gained, lost
    /// The key's material is another one now.
    case replaced
  }

  package let operation: Operation
  package let org: String
  package let key: String
  package let relay: String
  /// Nil where the key gains the relay.
  package let oldFingerprint: String?
  /// Nil where the key loses the relay.
  package let newFingerprint: String?
}

/// What a user may do now and could not before, or the other way round.
package struct RightsChange: Sendable, Equatable {
  /// `anna`, or `acme/bert`.
  package let user: String
  /// Where; nil stands for every organization and the platform.
  package let org: String?
  package let gained: [Permission]
  package let lost: [Permission]
}

/// A relay whose address in its peers' configuration must change.
package struct EndpointChange: Sendable, Equatable {
  package let org: String
  package let relay: String
  /// `host:port`.
  package let old: String
  package let new: String
  /// The keys that have the relay before and after.
  package let peers: [String]
}

/// What becomes of a relay's pods and sessions.
package struct RelayChange: Sendable, Equatable {
  package enum Effect: String, Sendable, CaseIterable {
    /// Pods come up where none ran.
    case starts
    /// Its pods are stopped; everything else is kept.
    case stops
    case removed
    /// New pods in another region, and none in the old one.
    case moves
    /// Pods give way to new ones; peers shake hands anew.
    case restarts
    /// Pods are added or taken away; the others go on.
    case rescales
    /// Keys or settings are read while packets flow: pods stay, and sessions of keys that stay.
    case reloads
    /// Pods and sessions stay as they are.
    case unaffected
  }

  package let org: String
  package let relay: String
  /// In the head, or where it was.
  package let region: String
  package let effect: Effect
  /// Whether the daemon waits for an approval before it does this.
  package let isHeld: Bool
}

/// A document that declares something else than before.
package struct DeclaredChange: Sendable, Equatable {
  package enum Operation: String, Sendable, CaseIterable { case added, changed, removed }

  /// A value that differs, as it may be shown: material of keys has become a fingerprint.
  package struct Field: Sendable, Equatable {
    /// `spec.keys.names`.
    package let path: String
    /// Nil where none was written.
    package let old: String?
    package let new: String?
  }

  package let kind: Kind
  /// Nil outside of organizations.
  package let org: String?
  package let name: String
  package let operation: Operation
  /// In the head, or in the base where it is gone.
  package let path: String
  /// From 1.
  package let line: Int
  package let fields: [Field]
}

/// What happens to the objects of a region.
package struct RegionPlan: Sendable, Equatable {
  package let region: String
  package let plan: SyncPlan

  /// What an approval names; nil where nothing is held.
  package var digest: String? { plan.holds.isEmpty ? nil : plan.digest }
}
