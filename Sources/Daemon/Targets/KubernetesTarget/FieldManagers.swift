import ConfigCompiler
import KubernetesClient
import KubernetesModel
import SyncEngine
import DeploymentPlanning
import TextFormats
import Synchronization

/// Writers of an object's fields, according to `managedFields`.
struct FieldManagers: Equatable {
  private let foreign: Int
  private let own: Int
  private let ownTime: String

  init(_ object: JSON) {
    var foreign = Hasher()
    var own = Hasher()
    var ownTime = ""
    for entry in object["metadata"]?["managedFields"]?.elements ?? [] {
      let manager = entry["manager"]?.text ?? ""
      // Controllers write status, not declared fields.
      if entry["subresource"]?.text?.isEmpty == false || manager == "kube-controller-manager" { continue }
      if manager == KubernetesTarget.fieldManager {
        entry["fieldsV1"]?.text(.canonical).hash(into: &own)
        ownTime = entry["time"]?.text ?? ""
      } else {
        entry.text(.canonical).hash(into: &foreign)
      }
    }
    self.foreign = foreign.finalize()
    self.own = own.finalize()
    self.ownTime = ownTime
  }

  /// Returns whether the object was written outside wpex since `earlier`: another manager's entry changed, or ours lost
  /// fields without a write of ours.
  func showsForeignWrite(since earlier: FieldManagers) -> Bool {
    foreign != earlier.foreign || own != earlier.own && ownTime == earlier.ownTime
  }
}
