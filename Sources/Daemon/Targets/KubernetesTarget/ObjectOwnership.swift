import ConfigCompiler
import TextFormats

/// Ownership of an object in the cluster, by its labels and field managers.
struct ObjectOwnership {
  private let labels: JSON?
  private let managers: [String]

  /// - Parameter object: The object as returned by the API server, with its metadata.
  init(_ object: JSON) {
    labels = object["metadata"]?["labels"]
    managers = (object["metadata"]?["managedFields"]?.elements ?? []).compactMap { $0["manager"]?.text }
  }

  /// Returns whether wpex created the object, and for the given organization if there is one.
  ///
  /// A namespace of another organization, or wpex's own namespace, must not be taken over.
  ///
  /// An object may have lost its labels to an edit; its field manager is still evidence.
  func isOurs(of org: String?, manager: String) -> Bool {
    let isManaged = managers.contains(manager)
    let isLabelled = labels?[ObjectMetadataKeys.managedBy]?.text == ObjectMetadataKeys.manager
    guard let org else { return isLabelled || isManaged }
    guard let owner = labels?[ObjectMetadataKeys.org]?.text else { return isManaged }
    return owner == org && (isLabelled || isManaged)
  }
}
