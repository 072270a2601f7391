import ConfigCompiler
import KubernetesModel
import SyncEngine
import DeploymentPlanning

/// A target that keeps what it is given, and fails where a test says so.
actor MemoryTarget: Target {
  nonisolated let kind = "memory"
  private(set) var objects: [ObjectID: RenderedObject] = [:]
  private(set) var identities: [String: String] = [:]
  /// What was applied and deleted, in its order.
  private(set) var log: [ObjectID] = []
  private var failingOrganizations: Set<String> = []
  private var unavailableOrganizations: Set<String> = []
  private var refusedIdentities: Set<String> = []
  private var conditions: [RelayCondition] = []

  func fail(_ orgs: Set<String> = [], unavailable: Set<String> = [], identities: Set<String> = []) {
    failingOrganizations = orgs
    unavailableOrganizations = unavailable
    refusedIdentities = identities
  }

  func forgetLog() { log = [] }

  /// Digests of what an organization has, by object.
  func digests(of org: String) -> [String: String] {
    Dictionary(
      objects.values.filter { $0.origin.org == org }.map { ("\(ObjectID($0.manifest))", $0.digest) }
    ) { first, _ in first }
  }

  func remove(_ id: ObjectID) { objects[id] = nil }

  func inventory(of region: String) async throws(TargetError) -> [LiveObject] {
    objects.values.filter { $0.origin.region == region }.map { LiveObject($0) }.sorted { $0.id < $1.id }
  }

  func apply(_ object: RenderedObject) async throws(TargetError) -> ApplyOutcome {
    if unavailableOrganizations.contains(object.origin.org) { throw TargetError(.unavailable, "it does not answer") }
    if failingOrganizations.contains(object.origin.org) { throw TargetError(.refused, "it is refused") }
    let id = ObjectID(object.manifest)
    log.append(id)
    let before = objects.updateValue(object, forKey: id)
    return before == nil ? .created : .updated
  }

  func delete(_ object: LiveObject, in region: String) async throws(TargetError) {
    if failingOrganizations.contains(object.org) { throw TargetError(.refused, "it is refused") }
    log.append(object.id)
    objects[object.id] = nil
  }

  func installIdentity(_ identity: OrganizationSecret, in region: String) async throws(TargetError) -> ApplyOutcome {
    if refusedIdentities.contains(identity.org) { throw TargetError(.refused, "it is refused") }
    identities[identity.org] = identity.digest
    return .created
  }

  func correctDrift(in region: String, declared: [RenderedObject]) async throws(TargetError) -> DriftReport {
    var report = DriftReport()
    for object in declared where objects[ObjectID(object.manifest)] == nil {
      if failingOrganizations.contains(object.origin.org) {
        report.failures.append(
          DriftFailure(
            id: ObjectID(object.manifest), org: object.origin.org, reason: TargetError(.refused, "it is refused")))
        continue
      }
      objects[ObjectID(object.manifest)] = object
      report.corrections.append(
        DriftCorrection(id: ObjectID(object.manifest), org: object.origin.org, detail: "it was gone"))
    }
    return report
  }

  func setHealth(_ conditions: [RelayCondition]) { self.conditions = conditions }

  func health(of region: String) async throws(TargetError) -> [RelayCondition] { conditions }

  func shutDown() async {}
}

/// States in memory.
actor MemoryStates: StateStore {
  private var states: [String: SyncState] = [:]
  private var kept: AcceptedCommit?
  private var granted: [String: String] = [:]
  private(set) var spent: [String] = []

  func load(_ region: String) -> SyncState? { states[region] }
  func save(_ state: SyncState, _ region: String) { states[region] = state }
  func approvals(_ region: String) -> [String: String] { granted }
  func approve(_ digest: String) { granted[digest] = "olga" }

  func consume(approval digest: String, _ region: String) {
    if granted.removeValue(forKey: digest) != nil { spent.append(digest) }
  }

  func accepted() -> AcceptedCommit? { kept }
  func accept(_ commit: AcceptedCommit) { kept = commit }
}
