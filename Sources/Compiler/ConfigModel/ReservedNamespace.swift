/// Namespaces that no organization may use, whatever its name and the platform's prefix produce.
package enum ReservedNamespace {
  /// The namespaces that the manifests in deploy/ create for wpex itself.
  package static let ofWpex: Set<String> = ["wpex-system", "wpex-status"]

  /// Returns the owner of a reserved namespace as a phrase; nil if an organization may use it.
  package static func owner(of namespace: String) -> String? {
    if ofWpex.contains(namespace) { return "wpex' own" }
    return namespace == "default" || namespace.hasPrefix("kube-") ? "Kubernetes' own" : nil
  }
}
