import ConfigCompiler
import KubernetesClient
package import SyncEngine
import Synchronization
import TextFormats

/// The owner of the cluster: a region is applied only to a cluster that is its own, or that has no owner yet.
extension KubernetesTarget {
  private static let attempts = 5

  package func claim(_ claim: RegionClaim) async throws(TargetError) {
    guard !claims.has(claim) else { return }
    for _ in 0..<Self.attempts {
      let (owner, version) = try await owner()
      if let refusal = owner.map({ $0.refusal(of: claim, namespace: namespace) }) ?? ClusterOwner.ambiguity(of: claim) {
        throw TargetError(.refused, refusal)
      }
      let wanted = (owner ?? ClusterOwner(platform: claim.platform)).with(claim)
      if wanted != owner {
        // Another daemon of this cluster may have written at the same time.
        guard try await save(wanted, version) else { continue }
      }
      return claims.add(claim)
    }
    throw TargetError(.unavailable, "the ConfigMap `\(ClusterOwner.name)` in \(namespace) keeps changing")
  }

  package func release(_ region: String) async throws(TargetError) {
    claims.forget(region)
    for _ in 0..<Self.attempts {
      let (owner, version) = try await owner()
      guard var owner, owner.regions.removeValue(forKey: region) != nil else { return }
      if try await save(owner, version) { return }
    }
  }

  private var path: String { "/api/v1/namespaces/\(namespace)/configmaps" }

  private func owner() async throws(TargetError) -> (owner: ClusterOwner?, version: String?) {
    do {
      let answer = try await client.ask(.get, "\(path)/\(ClusterOwner.name)")
      if answer.status == 404 { return (nil, nil) }
      guard answer.status == 200 else { throw answer.failure(ClusterOwner.name) }
      return (ClusterOwner(data: answer.body["data"]), answer.body["metadata"]?["resourceVersion"]?.text)
    } catch {
      throw Self.failure(error)
    }
  }

  /// - Returns: Whether it was saved; false if another daemon was faster.
  private func save(_ owner: ClusterOwner, _ version: String?) async throws(TargetError) -> Bool {
    var metadata: JSON.Members = [
      "name": .string(ClusterOwner.name),
      "labels": [ObjectMetadataKeys.managedBy: .string(ObjectMetadataKeys.manager)],
    ]
    if let version { metadata["resourceVersion"] = .string(version) }
    let body: JSON = [
      "apiVersion": "v1", "kind": "ConfigMap", "metadata": .object(metadata), "data": .object(owner.data),
    ]
    do {
      let answer =
        version == nil
        ? try await client.ask(.post, path, body: body, isRepeatable: false)
        : try await client.ask(.put, "\(path)/\(ClusterOwner.name)", body: body)
      if answer.status == 409 { return false }
      guard [200, 201].contains(answer.status) else { throw answer.failure(ClusterOwner.name) }
      return true
    } catch {
      throw Self.failure(error)
    }
  }
}

/// The claims that a cluster has granted since its state was read.
final class GrantedClaims: Sendable {
  private let granted = Mutex<[String: RegionClaim]>([:])

  func has(_ claim: RegionClaim) -> Bool { granted.withLock { $0[claim.region] == claim } }
  func add(_ claim: RegionClaim) { granted.withLock { $0[claim.region] = claim } }
  func forget(_ region: String) { granted.withLock { $0[region] = nil } }
}
