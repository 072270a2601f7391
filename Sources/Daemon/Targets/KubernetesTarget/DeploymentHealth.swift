import ConfigCompiler
import RelayWire
package import TextFormats
package import SyncEngine

/// Condition of a relay's Deployment, by the rules of kstatus.
package enum DeploymentHealth {
  /// What a Deployment's pods are at.
  package enum Rollout: Sendable, Equatable {
    case changeNotSeen
    /// With the cluster's message; nil if it gives none.
    case failed(String?)
    case stopped
    case stopping
    case updating(updated: Int, wanted: Int)
    case oldPodsStopping
    /// Old pods serve until these are ready.
    case newPodsStarting(unready: Int)
    case starting(ready: Int, wanted: Int)
    case ready(Int)

    fileprivate var status: RelayPhase {
      switch self {
      case .failed: .failed
      case .stopped: .stopped
      case .ready: .current
      case .changeNotSeen, .stopping, .updating, .oldPodsStopping, .newPodsStarting, .starting: .inProgress
      }
    }

    fileprivate var words: String {
      switch self {
      case .changeNotSeen: "the cluster has not processed the change yet"
      case .failed(let message): message ?? "its pods do not start"
      case .stopped: "stopped by configuration"
      case .stopping: "its pods are stopping"
      case .updating(let updated, let wanted): "\(updated) of \(wanted) pods updated"
      case .oldPodsStopping: "old pods are stopping"
      case .newPodsStarting(let unready):
        "\(unready) new pod\(unready == 1 ? " is" : "s are") not ready; old pods serve until then"
      case .starting(let ready, let wanted): "\(ready) of \(wanted) pods ready"
      case .ready(let wanted): "\(wanted) of \(wanted) pods ready"
      }
    }
  }

  /// - Returns: Nil for what is not a relay of ours.
  package static func condition(_ object: JSON) -> RelayCondition? {
    guard let org = object["metadata"]?["labels"]?[ObjectMetadataKeys.org]?.text,
      let relay = object["metadata"]?["labels"]?[ObjectMetadataKeys.relay]?.text
    else { return nil }
    let rollout = rollout(object)
    return RelayCondition(
      org: org, relay: relay, status: rollout.status, detail: rollout.words,
      members: RelayCondition.Members(
        ready: object["status"]?["readyReplicas"]?.int ?? 0, declared: object["spec"]?["replicas"]?.int ?? 1))
  }

  package static func rollout(_ object: JSON) -> Rollout {
    let wanted = object["spec"]?["replicas"]?.int ?? 1
    let status = object["status"]
    func count(_ name: String) -> Int { status?[name]?.int ?? 0 }
    guard count("observedGeneration") >= object["metadata"]?["generation"]?.int ?? 0 else { return .changeNotSeen }
    if let failed = status?["conditions"]?.elements?.first(where: { condition in
      condition["type"]?.text == "Progressing" && condition["reason"]?.text == "ProgressDeadlineExceeded"
        || condition["type"]?.text == "ReplicaFailure" && condition["status"]?.text == "True"
    }) {
      return .failed(failed["message"]?.text)
    }
    if wanted == 0 { return count("replicas") == 0 ? .stopped : .stopping }
    guard count("updatedReplicas") >= wanted else {
      return .updating(updated: count("updatedReplicas"), wanted: wanted)
    }
    guard count("replicas") <= count("updatedReplicas") else {
      let unready = min(count("unavailableReplicas"), count("updatedReplicas"))
      return unready > 0 ? .newPodsStarting(unready: unready) : .oldPodsStopping
    }
    guard count("availableReplicas") >= wanted else {
      return .starting(ready: count("availableReplicas"), wanted: wanted)
    }
    return .ready(wanted)
  }
}
