import ConfigCompiler
import TextFormats

/// Who made an object of the cluster, by its labels and field managers.
struct ObjectOwnership {
  private let labels: JSON?
  private let managers: [String]

  /// - Parameter object: with its metadata, as the API server answers.
  init(_ object: JSON) {
    labels = object["metadata"]?["labels"]
    managers = (object["metadata"]?["managedFields"]?.elements ?? []).compactMap { $0["manager"]?.text }
  }

  /// Whether wpex made it, for an organization if one is named: a namespace of another organization, or of wpex itself,
  /// is not ours to take.
  ///
  /// An object may have lost its labels to an edit: its field manager still tells.
  func isOurs(of org: String?, manager: String) -> Bool {
    let isManaged = managers.contains(manager)
    let isLabelled = labels?["app.kubernetes.io/managed-by"]?.text == "wpex"
    guard let org else { return isLabelled || isManaged }
    guard let owner = labels?[ObjectMarks.org]?.text else { return isManaged }
    return owner == org && (isLabelled || isManaged)
  }
}
