import KubernetesModel
import DeploymentPlanning

extension [LiveObject] {
  /// Only the objects in namespaces of their own organization; objects with wpex's labels anywhere else are dropped.
  ///
  /// Anyone who may create objects somewhere in the cluster can write these labels. A copy of a protected relay, which
  /// no commit declares, would otherwise count as a pending deletion and hold back the whole organization.
  var inOwnNamespaces: [LiveObject] {
    let owners = Dictionary(
      filter { $0.id.kind == Namespace.kind }.map { ($0.id.name, $0.org) }
    ) { first, _ in first }
    return filter { object in
      guard let namespace = object.id.namespace else { return true }
      return owners[namespace] == object.org
    }
  }
}
