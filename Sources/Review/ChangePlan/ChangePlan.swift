import ConfigModel
import DeploymentPlanning

/// The effects of a merge: changes of access first, then changes of Kubernetes objects.
///
/// A change without meaning (comments, layout, a default written out, a document moved within its folder) has no
/// effects.
package struct ChangePlan: Sendable, Equatable {
  /// Keys that gain or lose access to a relay, sorted by organization, relay and key.
  package let access: [AccessChange]
  /// Pairs of keys that gain or lose the right to speak with each other, sorted by organization and relay.
  package let pairs: [PairChange]
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
  /// Namespaces whose Pod Security level changes, sorted by region and organization.
  package let podSecurity: [PodSecurityChange]
  /// Organizations with errors in the base. The daemon keeps them at their last good state, so their changes cannot be
  /// determined from the repository.
  package let unknown: [String]

  /// Whether the merge has no effects.
  package var isEmpty: Bool {
    access.isEmpty && pairs.isEmpty && rights.isEmpty && endpoints.isEmpty && relays.isEmpty && documents.isEmpty
      && regions.isEmpty
  }
}
