import ConfigModel
import FleetMonitoring
import TextFormats
import SyncEngine

/// What is known of a cluster's relays: a value that objects go into and a view comes out of.
struct ClusterState: Sendable {
  /// Where relays answer HTTP inside the cluster.
  static let httpPort = 8080
  /// Events that are kept of a relay.
  static let mostEvents = 20

  private var deployments: [ObjectPlace: RelayDeployment] = [:]
  private var pods: [ObjectPlace: RelayPod] = [:]
  private var podsOfRelays: [RelayID: Set<ObjectPlace>] = [:]
  private var usages: [ObjectPlace: PodUsage] = [:]
  private var events: [ObjectPlace: [String: RelayEvent]] = [:]
  /// Why a kind cannot be followed, by its path.
  var problems: [String: String] = [:]
  /// Whether Deployments have been listed once.
  private(set) var isListed = false

  // MARK: - What comes in

  mutating func replaceDeployments(_ objects: [JSON]) {
    let listed = objects.compactMap(RelayDeployment.init)
    deployments = Dictionary(listed.map { ($0.place, $0) }) { first, _ in first }
    events = events.filter { deployments[$0.key] != nil }
    isListed = true
  }

  mutating func takeDeployment(_ object: JSON, isGone: Bool) {
    guard let place = ObjectPlace(object) else { return }
    deployments[place] = isGone ? nil : RelayDeployment(object)
    if isGone { events[place] = nil }
  }

  mutating func replacePods(_ objects: [JSON]) {
    pods = [:]
    podsOfRelays = [:]
    for object in objects { takePod(object, isGone: false) }
  }

  mutating func takePod(_ object: JSON, isGone: Bool) {
    guard let place = ObjectPlace(object) else { return }
    if let old = pods.removeValue(forKey: place) { podsOfRelays[old.relay]?.remove(place) }
    guard !isGone, let pod = RelayPod(object) else { return }
    pods[place] = pod
    podsOfRelays[pod.relay, default: []].insert(place)
  }

  mutating func replaceUsage(_ usages: [PodUsage]) {
    self.usages = Dictionary(usages.map { ($0.place, $0) }) { first, _ in first }
  }

  /// Takes an event of a relay's Deployment, its ReplicaSets or its pods; of others, nothing.
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
    if let known = events[place], known.count > Self.mostEvents,
      let oldest = known.min(by: { ($0.value.time, $0.key) < ($1.value.time, $1.key) })?.key
    {
      events[place]?[oldest] = nil
    }
  }

  /// The Deployment that an object belongs to, after the names that Kubernetes gives.
  private static func deployment(of kind: String, _ name: String) -> String? {
    let parts = name.split(separator: "-", omittingEmptySubsequences: false)
    let suffixes = ["Deployment": 0, "ReplicaSet": 1, "Pod": 2][kind]
    guard let suffixes, parts.count > suffixes else { return nil }
    return parts.dropLast(suffixes).joined(separator: "-")
  }

  // MARK: - What comes out

  /// - Parameter reach: where a pod can be asked.
  func view(_ reach: (RelayPod) -> StatisticsPlace?) -> RuntimeView {
    let problem = problems.sorted { $0.key < $1.key }.first?.value
    guard isListed else { return RuntimeView([], problem: problem ?? "it has not been read yet") }
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
    var detail = deployment.condition.detail
    if let reason = pods.last(where: { !$0.instance.isReady })?.instance.detail { detail += "; \(reason)" }
    return RelayPlacement(
      deployment.relay, in: deployment.place.namespace, condition(deployment, pods), detail: detail,
      instances: instances,
      events: (events[deployment.place] ?? [:]).sorted { ($0.value.time, $0.key) < ($1.value.time, $1.key) }.map(
        \.value)
    )
  }

  private func condition(_ deployment: RelayDeployment, _ pods: [RelayPod]) -> RelayObservation.Condition {
    // While pods are replaced, and where the new ones fail, the old ones go on.
    let isReady = pods.contains { $0.instance.isReady }
    return switch deployment.condition.status {
    case .stopped: .stopped
    case .current, .inProgress: isReady ? .running : .starting
    case .failed: isReady ? .running : .failed
    }
  }

  /// Oldest first. Another platform's relay of the same name has its pods in another namespace.
  private func pods(of deployment: RelayDeployment) -> [RelayPod] {
    (podsOfRelays[deployment.relay] ?? []).filter { $0.namespace == deployment.place.namespace }
      .compactMap { pods[$0] }
      .sorted { ($0.createdAt, $0.place.name) < ($1.createdAt, $1.place.name) }
  }

  func newestPod(of relay: RelayID, in namespace: String?) -> ObjectPlace? {
    (podsOfRelays[relay] ?? []).filter { $0.namespace == namespace }.compactMap { pods[$0] }
      .max { ($0.createdAt, $0.place.name) < ($1.createdAt, $1.place.name) }?.place
  }
}
