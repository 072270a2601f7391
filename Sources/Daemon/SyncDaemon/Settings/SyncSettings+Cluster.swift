extension SyncSettings {
  /// The clusters that the settings lead to.
  package var clusters: RegionClusters {
    RegionClusters(kubeconfig: self["target.kubeconfig"], context: self["target.context"], served: regions)
  }
}
