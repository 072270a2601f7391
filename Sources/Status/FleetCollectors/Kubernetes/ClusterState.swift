import KubernetesTarget
import ConfigModel
import FleetMonitoring
import RelayWire
import TextFormats
import SyncEngine

/// State of a cluster's relays: a value updated with objects, from which a view is derived.
struct ClusterState: Sendable {
  /// Port of a relay's HTTP endpoint inside the cluster.
  static let httpPort = 8080
  /// Most events kept per relay.
  static let maxEvents = 20

  private var deployments: [ObjectPlace: RelayDeployment] = [:]
  private var pods: [ObjectPlace: RelayPod] = [:]
  private var podsOfRelays: [RelayID: Set<ObjectPlace>] = [:]
  /// Where peers reach relays with a load balancer, by their Deployments.
  private var endpoints: [ObjectPlace: RelayEndpoint] = [:]
  private var usages: [ObjectPlace: PodUsage] = [:]
  private var events: [ObjectPlace: [String: RelayEvent]] = [:]
  /// Why a kind cannot be followed, by its path.
  var problems: [String: StatusText] = [:]
  /// Whether Deployments have been listed once.
  private(set) var isListed = false

  // MARK: - What comes in

  /// Replaces all Deployments.
  mutating func replaceDeployments(_ objects: [JSON]) {
    let listed = objects.compactMap(RelayDeployment.init)
    deployments = Dictionary(listed.map { ($0.place, $0) }) { first, _ in first }
    events = events.filter { deployments[$0.key] != nil }
    isListed = true
  }

  /// Adds, updates or removes a Deployment.
  mutating func takeDeployment(_ object: JSON, isGone: Bool) {
    guard let place = ObjectPlace(object) else { return }
    deployments[place] = isGone ? nil : RelayDeployment(object)
    if isGone { events[place] = nil }
  }

  /// Replaces all pods.
  mutating func replacePods(_ objects: [JSON]) {
    pods = [:]
    podsOfRelays = [:]
    for object in objects { takePod(object, isGone: false) }
  }

  /// Adds, updates or removes a pod.
  mutating func takePod(_ object: JSON, isGone: Bool) {
    guard let place = ObjectPlace(object) else { return }
    if let old = pods.removeValue(forKey: place) { podsOfRelays[old.relay]?.remove(place) }
    guard !isGone, let pod = RelayPod(object) else { return }
    pods[place] = pod
    podsOfRelays[pod.relay, default: []].insert(place)
  }

  /// Replaces all Services. Only those with a load balancer are kept.
  mutating func replaceServices(_ objects: [JSON]) {
    endpoints = [:]
    for object in objects { takeService(object, isGone: false) }
  }

  /// Adds, updates or removes a Service, which has the name of its relay's Deployment.
  mutating func takeService(_ object: JSON, isGone: Bool) {
    guard let place = ObjectPlace(object) else { return }
    endpoints[place] = isGone ? nil : ServiceEndpoint.endpoint(object)
  }

  /// Replaces the resource usage of all pods.
  mutating func replaceUsage(_ usages: [PodUsage]) {
    self.usages = Dictionary(usages.map { ($0.place, $0) }) { first, _ in first }
  }

  /// Adds an event of a relay's Deployment, its ReplicaSets or its pods; others are ignored.
  mutating func takeEvent(_ object: JSON) {
    guard let involved = object["involvedObject"], let namespace = involved["namespace"]?.text,
      let name = involved["name"]?.text, let kind = involved["kind"]?.text,
      let deployment = Self.deployment(of: kind, name),
      let identity = object["metadata"]?["name"]?.text
    else { return }
    let place = ObjectPlace(namespace: namespace, name: deployment)
    guard deployments[place] != nil else { return }
    let time =
      Moment.seconds(object["series"]?["lastObservedTime"]) ?? Moment.seconds(object["lastTimestamp"])
      ?? Moment.seconds(object["eventTime"]) ?? Moment.seconds(object["metadata"]?["creationTimestamp"]) ?? 0
    events[place, default: [:]][identity] = RelayEvent(
      time: time, kind: object["type"]?.text == "Warning" ? .warning : .normal, reason: object["reason"]?.text ?? "",
      message: String((object["message"]?.text ?? "").prefix(500)),
      count: object["series"]?["count"]?.int ?? object["count"]?.int ?? 1)
    if let known = events[place], known.count > Self.maxEvents,
      let oldest = known.min(by: { ($0.value.time, $0.key) < ($1.value.time, $1.key) })?.key
    {
      events[place]?[oldest] = nil
    }
  }

  /// Returns the Deployment that an object belongs to, derived from the names that Kubernetes generates.
  private static func deployment(of kind: String, _ name: String) -> String? {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    let suffixes = ["Deployment": 0, "ReplicaSet": 1, "Pod": 2][kind]
    guard let suffixes, parts.count > suffixes else { return nil }
    return parts.dropLast(suffixes).joined(separator: "-")
  }

  // MARK: - What comes out

  /// Why the cluster cannot be read; nil if it can.
  var problem: StatusText? { problems.sorted { $0.key < $1.key }.first?.value }

  /// Returns the current view.
  ///
  /// - Parameter reach: returns the address of a pod's statistics; nil if it has none.
  func view(_ reach: (RelayPod) -> StatisticsPlace?) -> RuntimeView {
    guard isListed else { return RuntimeView([], problem: problem ?? [Statement(.notReadYet)]) }
    return RuntimeView(deployments.values.map { placement($0, reach) }, problem: problem)
  }

  private func placement(_ deployment: RelayDeployment, _ reach: (RelayPod) -> StatisticsPlace?) -> RelayPlacement {
    let pods = pods(of: deployment)
    let instances = pods.map { pod in
      var instance = pod.instance
      instance.processors = usages[pod.place]?.processors
      instance.memoryBytes = usages[pod.place]?.memoryBytes
      return RelayPlacement.Instance(instance, at: pod.isRunning ? reach(pod) : nil)
    }
    var detail = deployment.rollout.words
    if let reason = pods.last(where: { !$0.instance.isReady })?.instance.detail { detail = detail + reason }
    return RelayPlacement(
      deployment.relay, in: deployment.place.namespace, phase(deployment, pods), detail: detail,
      endpoint: endpoints[deployment.place], instances: instances,
      events: (events[deployment.place] ?? [:]).sorted { ($0.value.time, $0.key) < ($1.value.time, $1.key) }.map(
        \.value)
    )
  }

  private func phase(_ deployment: RelayDeployment, _ pods: [RelayPod]) -> RelayPhase {
    // During a rollout, even a failing one, the old pods keep running.
    let isReady = pods.contains { $0.instance.isReady }
    return switch deployment.condition.status {
    case .current, .inProgress: isReady ? .current : .inProgress
    case .failed: isReady ? .current : .failed
    case .stopped, .unreachable, .unknown: deployment.condition.status
    }
  }

  /// Returns the pods of a Deployment, oldest first.
  ///
  /// Another platform's relay of the same name has its pods in another namespace.
  private func pods(of deployment: RelayDeployment) -> [RelayPod] {
    (podsOfRelays[deployment.relay] ?? []).filter { $0.namespace == deployment.place.namespace }
      .compactMap { pods[$0] }
      .sorted { ($0.createdAt, $0.place.name) < ($1.createdAt, $1.place.name) }
  }

  /// Returns the newest pod of a relay; nil if there is none.
  func newestPod(of relay: RelayID, in namespace: String?) -> ObjectPlace? {
    (podsOfRelays[relay] ?? []).filter { $0.namespace == namespace }.compactMap { pods[$0] }
      .max { ($0.createdAt, $0.place.name) < ($1.createdAt, $1.place.name) }?.place
  }
}

extension DeploymentHealth.Rollout {
  fileprivate var words: StatusText {
    switch self {
    case .changeNotSeen: [Statement(.changeNotSeen)]
    case .failed(let message): message.map { StatusText(quoting: $0) } ?? [Statement(.podsNotStarting)]
    case .stopped: [Statement(.stopped)]
    case .stopping: [Statement(.podsStopping)]
    case .updating(let updated, let wanted):
      StatusText(.podsUpdated, ["updated": .integer(updated), "count": .integer(wanted)])
    case .oldPodsStopping: [Statement(.oldPodsStopping)]
    case .newPodsStarting(let unready): StatusText(.newPodsStarting, ["count": .integer(unready)])
    case .starting(let ready, let wanted):
      StatusText(.podsReady, ["ready": .integer(ready), "count": .integer(wanted)])
    case .ready(let wanted): StatusText(.podsReady, ["ready": .integer(wanted), "count": .integer(wanted)])
    }
  }
}
