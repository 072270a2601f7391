/// Kinds of the objects that wpex applies, in the order in which they depend on each other.
///
/// Objects that contain or limit others come first; objects that read or select others come after them. Creation follows
/// this order, and deletion reverses it.
package enum ManagedKinds {
  package static let inOrder: [any Manifest.Type] = [
    Namespace.self, ResourceQuota.self, LimitRange.self, NetworkPolicy.self, RoleBinding.self, Secret.self,
    Service.self, PodDisruptionBudget.self, Deployment.self, PodMonitor.self,
  ]

  private static let ranks = Dictionary(
    uniqueKeysWithValues: inOrder.enumerated().map { ($0.element.kind, $0.offset) })

  /// Position of a kind in the order. Every other kind comes last.
  package static func rank(of kind: String) -> Int { ranks[kind] ?? inOrder.count }
}
