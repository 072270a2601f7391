import ConfigModel
import KubernetesModel

/// Keys of annotations and labels on rendered objects.
package enum ObjectMetadataKeys {
  /// Annotation: `path:line` of the document that declares the object.
  package static let source = "wpex.io/source"
  /// Annotation: digest of what is declared of the object.
  package static let digest = "wpex.io/digest"
  /// Annotation: digest of the declaration of a relay's files.
  package static let declaration = "wpex.io/declaration"
  /// Annotation: `true` if deleting the object requires approval.
  package static let deletionProtection = "wpex.io/deletion-protection"
  /// Annotation: names of the relay's regions, separated by commas, if it has several.
  package static let regions = "wpex.io/regions"
  /// Label: the program that manages the object, which is ``manager``.
  package static let managedBy = "app.kubernetes.io/managed-by"
  package static let manager = "wpex"
  /// Selector of every object of wpex.
  package static let managedSelector = "\(managedBy)=\(manager)"
  /// Label: the program that a pod runs.
  package static let program = "app.kubernetes.io/name"
  /// Value of ``program`` for relays.
  package static let relayProgram = "wpex-relay"
  /// Label: name of the organization.
  package static let org = "wpex.io/org"
  /// Label: name of the relay, if the object belongs to one.
  package static let relay = "wpex.io/relay"
  /// The label of a namespace with the Pod Security level that its pods must keep.
  package static let podSecurity = "pod-security.kubernetes.io/enforce"
}
