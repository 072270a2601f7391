/// The list of files that `kubectl apply -k`, Flux and Argo CD read; never sent to an API server.
package struct Kustomization: Manifest, Equatable {
  package static let apiVersion = "kustomize.config.k8s.io/v1beta1"
  package static let kind = "Kustomization"

  package var metadata: ObjectMeta
  /// Files and folders, relative to the file this is written to. kustomize refuses a file without any.
  package var resources: [String]

  package init(metadata: ObjectMeta, resources: [String]) {
    self.metadata = metadata
    self.resources = resources
  }
}
