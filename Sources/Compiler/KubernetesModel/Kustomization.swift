/// A list of files for `kubectl apply -k`, Flux and Argo CD; never sent to an API server.
package struct Kustomization: Manifest, Equatable {
  package static let apiVersion = "kustomize.config.k8s.io/v1beta1"
  package static let kind = "Kustomization"

  package var metadata: ObjectMeta
  /// Files and folders, relative to this file. kustomize rejects a file without any.
  package var resources: [String]

  package init(metadata: ObjectMeta, resources: [String]) {
    self.metadata = metadata
    self.resources = resources
  }
}
