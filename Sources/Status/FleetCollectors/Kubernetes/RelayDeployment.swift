import ConfigCompiler
import ConfigModel
import FleetMonitoring
import KubernetesTarget
import TextFormats
import SyncEngine

/// Namespace and name of an object.
struct ObjectPlace: Hashable, Sendable {
  let namespace: String
  let name: String

  init?(_ object: JSON) {
    guard let namespace = object["metadata"]?["namespace"]?.text, let name = object["metadata"]?["name"]?.text else {
      return nil
    }
    self.init(namespace: namespace, name: name)
  }

  init(namespace: String, name: String) {
    self.namespace = namespace
    self.name = name
  }
}

/// Deployment of a relay.
struct RelayDeployment: Sendable {
  let place: ObjectPlace
  let relay: RelayID
  let condition: RelayCondition
  let rollout: DeploymentHealth.Rollout

  init?(_ object: JSON) {
    guard let place = ObjectPlace(object), let condition = DeploymentHealth.condition(object) else { return nil }
    self.place = place
    self.condition = condition
    rollout = DeploymentHealth.rollout(object)
    relay = RelayID(org: condition.org, name: condition.relay)
  }
}

/// Pod of a relay.
struct RelayPod: Sendable {
  let place: ObjectPlace
  let relay: RelayID
  let address: String?
  let isRunning: Bool
  let instance: RelayInstance
  let createdAt: Double

  /// Parses a pod.
  ///
  /// - Returns: Nil if it is not a relay's pod, or if it has terminated and was replaced.
  init?(_ object: JSON) {
    guard let place = ObjectPlace(object), let org = object["metadata"]?["labels"]?[ObjectMetadataKeys.org]?.text,
      /// A pod that is being deleted no longer belongs to the relay.
      let relay = object["metadata"]?["labels"]?[ObjectMetadataKeys.relay]?.text,
      // What is being deleted is not a part of the relay any more.
      object["metadata"]?["deletionTimestamp"] == nil
    else { return nil }
    let status = object["status"]
    let phase = status?["phase"]?.text
    guard phase != "Succeeded", phase != "Failed" else { return nil }
    self.place = place
    self.relay = RelayID(org: org, name: relay)
    address = status?["podIP"]?.text.flatMap { IPAddress($0) == nil ? nil : $0 }
    createdAt = Moment.seconds(object["metadata"]?["creationTimestamp"]) ?? 0
    let container = status?["containerStatuses"]?.elements?.first { $0["name"]?.text == "relay" }
    let running = container?["state"]?["running"]
    isRunning = running != nil
    let declared = object["spec"]?["containers"]?.elements?.first { $0["name"]?.text == "relay" }
    instance = RelayInstance(
      place.name, image: declared?["image"]?.text ?? container?["image"]?.text,
      startedAt: Moment.seconds(running?["startedAt"]), restarts: container?["restartCount"]?.int ?? 0,
      isReady: container?["ready"] == .bool(true), detail: Self.detail(status, container),
      node: object["spec"]?["nodeName"]?.text)
  }

  private static func detail(_ status: JSON?, _ container: JSON?) -> StatusText? {
    func text(_ reason: JSON?) -> String? {
      guard let name = reason?["reason"]?.text else { return nil }
      return name + (reason?["message"]?.text.map { ": " + $0.prefix(300) } ?? "")
    }
    func statement(_ code: Statement.Code, _ reason: String?) -> StatusText? {
      reason.map { StatusText(code, ["reason": .string($0)]) }
    }
    if let waiting = text(container?["state"]?["waiting"]) { return StatusText(quoting: waiting) }
    if let ended = statement(.containerEnded, text(container?["state"]?["terminated"])) { return ended }
    if let scheduled = status?["conditions"]?.elements?.first(where: {
      $0["type"]?.text == "PodScheduled" && $0["status"]?.text == "False"
    }) {
      return statement(.notScheduled, text(scheduled))
    }
    let last = container?["lastState"]?["terminated"]
    return statement(
      .lastExit, text(last).map { $0 + (last?["exitCode"]?.int.map { " (exit code \($0))" } ?? "") })
  }
}

/// Resource usage of a pod, from `metrics.k8s.io`.
struct PodUsage: Sendable {
  /// Namespace and name of the pod.
  let place: ObjectPlace
  /// CPU usage in cores; nil if unknown.
  let processors: Double?
  /// Memory usage in bytes; nil if unknown.
  let memoryBytes: UInt64?

  init?(_ object: JSON) {
    guard let place = ObjectPlace(object), let containers = object["containers"]?.elements else { return nil }
    self.place = place
    func sum(_ name: String) -> Double? {
      let numbers = containers.compactMap { $0["usage"]?[name]?.text.flatMap(Quantity.number) }
      return numbers.isEmpty ? nil : numbers.reduce(0, +)
    }
    processors = sum("cpu")
    memoryBytes = sum("memory").map { UInt64(min(max(0, $0), 0x1p63)) }
  }
}

/// Kubernetes quantities, such as `250m`, `64Mi` and `1e3`.
enum Quantity {
  private static let units: [(String, Double)] = [
    ("Ki", 0x1p10), ("Mi", 0x1p20), ("Gi", 0x1p30), ("Ti", 0x1p40), ("Pi", 0x1p50), ("n", 1e-9), ("u", 1e-6),
    ("m", 1e-3), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("P", 1e15),
  ]

  /// Returns the value of a quantity; nil if it is malformed.
  static func number(_ text: String) -> Double? {
    let unit = units.first { text.hasSuffix($0.0) }
    let digits = text.dropLast(unit?.0.count ?? 0)
    // `Double` also accepts forms that Kubernetes never writes, such as hexadecimal and `inf`.
    guard digits.utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }), let number = Double(digits) else {
      return nil
    }
    return number.isFinite ? number * (unit?.1 ?? 1) : nil
  }
}

/// Timestamps of Kubernetes objects.
enum Moment {
  /// Returns the seconds since 1970 of an RFC 3339 time in UTC, without fractions.
  static func seconds(_ json: JSON?) -> Double? {
    guard let text = json?.text, text.utf8.count >= 20 else { return nil }
    return Timestamp(text.prefix(19) + "Z").map { Double($0.unixSeconds) }
  }
}
