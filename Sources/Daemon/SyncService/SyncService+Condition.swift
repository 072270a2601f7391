package import ConfigModel
package import GitStore
package import SyncEngine
package import DeploymentPlanning

extension SyncService {
  /// Whether what was applied is in force at each relay, by region.
  package var relaysInForce: [String: [DeployedRelay: RelayInForce]] {
    get async {
      var regions: [String: [DeployedRelay: RelayInForce]] = [:]
      for (region, reconciler) in reconcilers { regions[region] = await reconciler.relaysInForce }
      return regions
    }
  }

  /// Waits until what was applied is in force and recorded, for a while at most.
  package func awaitInForce() async {
    for reconciler in reconcilers.values { await reconciler.awaitInForce() }
  }

  /// State of the service, to show.
  package struct Condition: Sendable {
    /// The newest commit of the branch, whether it counts or not; nil before the first fetch.
    package var head: CommitInfo?
    /// Why the last pass failed; nil if it did not.
    package var problem: String?
    /// Other faults of the daemon, by the part that has them.
    package var notices: [String: String] = [:]
    /// All faults in one text; nil if there are none.
    package var problems: String? {
      let all = [problem].compactMap { $0 } + notices.sorted { $0.key < $1.key }.map(\.value)
      return all.isEmpty ? nil : all.joined(separator: "; ")
    }
    /// The number of passes that have failed since the last one without a failure.
    package var failures = 0
    /// The number of passes so far.
    package var passes = 0
    /// The result of each region's last pass.
    package var summaries: [String: PassSummary] = [:]
    /// The organizations that the commit in force declares.
    package var organizations: [OrganizationCondition] = []
    /// Where peers reach relays by the declarations in force, by region and `org/relay`.
    package var endpoints: [String: [String: DeclaredEndpoint]] = [:]
    /// The number of corrected objects of each organization since the service began.
    package var drifted: [String: Int] = [:]

    package init() {}

    /// Returns the changes that wait for approval in a region.
    package func holds(in region: String) -> [SyncPlan.Hold] { summaries[region]?.holds ?? [] }
    /// Whether changes wait for approval in any region.
    package var isAnythingHeld: Bool { summaries.values.contains { !$0.holds.isEmpty } }
    /// Returns why an organization without errors does not follow the applied commit; nil if it does.
    package func failure(of org: String) -> String? {
      summaries.sorted { $0.key < $1.key }.lazy.compactMap { $0.value.failures[org] }.first
    }
  }

  /// State of an organization in the commit in force.
  package struct OrganizationCondition: Sendable, Equatable {
    /// The organization's name.
    package let org: String
    /// The number of declared relays.
    package let relays: Int
    /// The number of declared keys.
    package let keys: Int
    /// The number of errors in its files.
    package let errors: Int
    /// Whether errors pin it to its last good state.
    package let isPinned: Bool

    package init(org: String, relays: Int = 0, keys: Int = 0, errors: Int = 0, isPinned: Bool = false) {
      self.org = org
      self.relays = relays
      self.keys = keys
      self.errors = errors
      self.isPinned = isPinned
    }
  }
}
