package import ConfigModel
package import DeploymentPlanning

/// The effects of a merge: changes of access first, then changes of Kubernetes objects.
///
/// A change without meaning (comments, layout, a default written out, a document moved within its folder) has no
/// effects.
package struct ChangePlan: Sendable, Equatable {
  /// Keys that gain or lose access to a relay, sorted by organization, relay and key.
  package let access: [AccessChange]
  /// Users whose permissions change, sorted by user.
  package let rights: [RightsChange]
  /// Relays whose endpoint changes, sorted by organization and relay.
  package let endpoints: [EndpointChange]
  /// Relays that are affected in any way, sorted by organization and name.
  package let relays: [RelayChange]
  /// Changed documents, sorted by identity.
  package let documents: [DeclaredChange]
  /// Regions with changes, sorted by name: those of the head, and those that only the base declares.
  package let regions: [RegionPlan]
  /// Organizations with errors in the base. The daemon keeps them at their last good state, so their changes cannot be
  /// determined from the repository.
  package let unknown: [String]

  /// Whether the merge has no effects.
  package var isEmpty: Bool {
    access.isEmpty && rights.isEmpty && endpoints.isEmpty && relays.isEmpty && documents.isEmpty && regions.isEmpty
  }
}

/// A key that a relay begins or ceases to admit. Keys are identified by fingerprints, never by key material.
package struct AccessChange: Sendable, Equatable {
  /// Kinds of change.
  package enum Operation: String, Sendable, CaseIterable {
    case gained, lost
    /// The key has the same name but different material.
    case replaced
  }

  /// The kind of change.
  package let operation: Operation
  /// The organization's name.
  package let org: String
  /// The key's name.
  package let key: String
  /// The relay's name.
  package let relay: String
  /// The old key's fingerprint; nil if the key gains access.
  package let oldFingerprint: String?
  /// The new key's fingerprint; nil if the key loses access.
  package let newFingerprint: String?
}

/// Permissions that a user gains or loses.
package struct RightsChange: Sendable, Equatable {
  /// The user, `anna` or `acme/bert`.
  package let user: String
  /// The organization concerned; nil for every organization and the platform.
  package let org: String?
  /// Permissions that only the head grants.
  package let gained: [Permission]
  /// Permissions that only the base grants.
  package let lost: [Permission]
}

/// A relay whose endpoint in its peers' configuration must change.
package struct EndpointChange: Sendable, Equatable {
  /// The organization's name.
  package let org: String
  /// The relay's name.
  package let relay: String
  /// The old endpoint, `host:port`.
  package let old: String
  /// The new endpoint, `host:port`.
  package let new: String
  /// Keys that the relay admits both before and after.
  package let peers: [String]
}

/// The effect on a relay's pods and sessions.
package struct RelayChange: Sendable, Equatable {
  /// Effects on pods and sessions.
  package enum Effect: String, Sendable, CaseIterable {
    /// Pods start; there were none before.
    case starts
    /// The pods are stopped; everything else is kept.
    case stops
    case removed
    /// New pods start in another region or namespace, and the old ones stop.
    case moves
    /// The pods are replaced, and peers make new handshakes.
    case restarts
    /// Pods are added or removed; the others keep running.
    case rescales
    /// The relay loads keys or settings while it runs: pods stay, as do sessions of keys that stay.
    case reloads
    /// Pods and sessions are not affected.
    case unaffected
  }

  /// The organization's name.
  package let org: String
  /// The relay's name.
  package let relay: String
  /// The region in the head; the former region of a removed relay.
  package let region: String
  /// The effect on its pods and sessions.
  package let effect: Effect
  /// Whether the daemon waits for an approval first.
  package let isHeld: Bool
}

/// A document whose meaning changed.
package struct DeclaredChange: Sendable, Equatable {
  /// Kinds of change.
  package enum Operation: String, Sendable, CaseIterable { case added, changed, removed }

  /// A value that differs, in a form that is safe to show: key material is replaced by a fingerprint.
  package struct Field: Sendable, Equatable {
    /// The field's path, such as `spec.keys.names`.
    package let path: String
    /// The old value; nil if it was not set.
    package let old: String?
    /// The new value; nil if it is not set.
    package let new: String?
  }

  /// The document's kind.
  package let kind: Kind
  /// The organization; nil outside organizations.
  package let org: String?
  /// The document's name.
  package let name: String
  /// The kind of change.
  package let operation: Operation
  /// The document's file in the head, or in the base if it was removed.
  package let path: String
  /// The document's first line, from 1.
  package let line: Int
  /// The fields that differ.
  package let fields: [Field]
}

/// Changes of Kubernetes objects in one region.
package struct RegionPlan: Sendable, Equatable {
  /// The region's name.
  package let region: String
  /// The daemon's plan for the region.
  package let plan: SyncPlan

  /// The digest for an approval; nil if nothing is held.
  package var digest: String? { plan.holds.isEmpty ? nil : plan.digest }
}
