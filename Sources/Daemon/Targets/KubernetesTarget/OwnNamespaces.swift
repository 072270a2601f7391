import KubernetesModel
import DeploymentPlanning

extension [LiveObject] {
  /// Without what bears the marks of wpex' objects and lies elsewhere: an object of an organization counts in a namespace of that
  /// organization alone.
  ///
  /// Labels can be written by everybody who may make any object anywhere in the cluster. A copy of a protected relay, which no commit
  /// declares, would be one to be deleted, and hold the whole organization back.
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
