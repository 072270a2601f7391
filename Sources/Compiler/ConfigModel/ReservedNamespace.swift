/// Namespaces in which no organization may live, whatever its name and the platform's prefix make.
package enum ReservedNamespace {
  /// Those that the manifests of deploy/ make for wpex itself.
  package static let ofWpex: Set<String> = ["wpex-system", "wpex-status"]

  /// Whose a namespace is, as a phrase; nil where it may be an organization's.
  package static func owner(of namespace: String) -> String? {
    if ofWpex.contains(namespace) { return "wpex' own" }
    return namespace == "default" || namespace.hasPrefix("kube-") ? "Kubernetes' own" : nil
  }
}
