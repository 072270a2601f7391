import ConfigModel
package import DeploymentPlanning

/// Changes of Kubernetes objects in one region.
package struct RegionPlan: Sendable, Equatable {
  /// The region's name.
  package let region: String
  /// The daemon's plan for the region.
  package let plan: SyncPlan

  /// The digest for an approval; nil if nothing is held.
  package var digest: String? { plan.holds.isEmpty ? nil : plan.digest }
}
