import ConfigCompiler
package import TextFormats
package import SyncEngine

/// Condition of a relay's Deployment, by the rules of kstatus.
package enum DeploymentHealth {
  /// Returns the condition; nil for a Deployment that is not a relay of ours.
  package static func condition(_ object: JSON) -> RelayCondition? {
    guard let org = object["metadata"]?["labels"]?[ObjectMetadataKeys.org]?.text,
      let relay = object["metadata"]?["labels"]?[ObjectMetadataKeys.relay]?.text
    else { return nil }
    let (status, detail) = judge(object)
    return RelayCondition(org: org, relay: relay, status: status, detail: detail)
  }

  private static func judge(_ object: JSON) -> (RelayCondition.Status, String) {
    let wanted = object["spec"]?["replicas"]?.int ?? 1
    let status = object["status"]
    func count(_ name: String) -> Int { status?[name]?.int ?? 0 }
    guard count("observedGeneration") >= object["metadata"]?["generation"]?.int ?? 0 else {
      return (.inProgress, "the cluster has not seen the change yet")
    }
    if let failed = status?["conditions"]?.elements?.first(where: { condition in
      condition["type"]?.text == "Progressing" && condition["reason"]?.text == "ProgressDeadlineExceeded"
        || condition["type"]?.text == "ReplicaFailure" && condition["status"]?.text == "True"
    }) {
      return (.failed, failed["message"]?.text ?? "its pods do not start")
    }
    if wanted == 0 {
      return count("replicas") == 0 ? (.stopped, "declared to be stopped") : (.inProgress, "its pods are ending")
    }
    guard count("updatedReplicas") >= wanted else {
      return (.inProgress, "\(count("updatedReplicas")) of \(wanted) pods are up to date")
    }
    guard count("replicas") <= count("updatedReplicas") else { return (.inProgress, "old pods are ending") }
    guard count("availableReplicas") >= wanted else {
      return (.inProgress, "\(count("availableReplicas")) of \(wanted) pods are ready")
    }
    return (.current, "\(wanted) of \(wanted) pods are ready")
  }
}
