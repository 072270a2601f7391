package import KubernetesClient

extension SyncSettings {
  /// Returns a client of the cluster that the settings name.
  ///
  /// - Throws: `KubernetesClientError` if its kubeconfig cannot be used, or if it has none and runs outside a pod.
  package func kubernetesClient() throws(KubernetesClientError) -> KubernetesClient {
    guard let path = self["target.kubeconfig"] else { return try KubernetesClient(.inCluster()) }
    return try KubernetesClient(Kubeconfig(path: path).access(context: self["target.context"]))
  }
}
