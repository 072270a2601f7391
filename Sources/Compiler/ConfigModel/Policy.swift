/// Rules that the compiler and the daemon enforce.
package struct Policy: Sendable, Equatable {
  /// Whether the daemon applies only commits signed by a user with the permissions that they need.
  package var requireSignedCommits = false
  /// Whether the daemon applies only merge commits signed by a user with the permissions that they need.
  package var requireMerge = false
  /// Names of the global users who may sign merges; empty for every user with the permissions that the merge needs.
  package var mergers: [String] = []
  /// Upper bounds on what one commit may delete without approval.
  package var maxDeletions = MaxDeletions()
  /// Number of active admins that must remain, 1 to 100.
  package var minimumAdmins = 1
  /// Labels that documents must carry.
  package var requiredLabels: [RequiredLabel] = []
  /// Exceptions for what tenants may probe from relays.
  package var probes = ProbeNetworks()

  package init() {}
}
