package import KubernetesClient

extension SyncSettings {
  /// The clusters that the settings lead to.
  package var clusters: RegionClusters {
    RegionClusters(kubeconfig: self["target.kubeconfig"], context: self["target.context"], served: regions)
  }

  /// Returns a client of the program's own cluster.
  ///
  /// - Throws: `KubernetesClientError` if its kubeconfig cannot be used, or if it has none and runs outside a pod.
  package func kubernetesClient() throws(KubernetesClientError) -> KubernetesClient { try clusters.client(of: .own) }
}
